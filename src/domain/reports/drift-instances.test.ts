import { describe, expect, it } from 'vitest';
import { aChange } from '../../../test/support/a-change.ts';
import { driftedAddresses, newDrift } from './drift-instances.ts';

const drifted = (address: string, more: Parameters<typeof aChange>[0] = {}) =>
  aChange({ address, cause: 'drift', severity: 'low', ...more });

describe('newDrift', () => {
  it('counts each drifted resource under its own severity, and nothing that only Git changed', () => {
    const changes = [
      drifted('a', { severity: 'critical' }),
      drifted('b', { cause: 'both' }),
      drifted('c'),
      drifted('d', { cause: 'pending', severity: 'high' }),
    ];
    expect(newDrift(changes, new Set())).toEqual(
      new Map([
        ['critical', 1],
        ['low', 2],
      ]),
    );
  });

  it('counts drift that stood before no second time, wherever its resource was moved', () => {
    const before = driftedAddresses([drifted('a'), drifted('old'), drifted('c', { cause: 'pending' })]);
    const changes = [drifted('a'), drifted('new', { movedFrom: 'old' }), drifted('c')];
    expect(newDrift(changes, before)).toEqual(new Map([['low', 1]]));
  });
});
