import { describe, expect, it } from 'vitest';
import { aChange } from '../../../test/support/a-change.ts';
import { anOutput } from '../../../test/support/a-report.ts';
import { movedAddresses, unstableAddresses } from './moved.ts';
import type { StackPlan } from '../plan.ts';

type Shown = Pick<StackPlan, 'changes' | 'outputs'>;
const plan = (changes: Shown['changes'], outputs: Shown['outputs'] = []): Shown => ({ changes, outputs });
const web = (after: string) => aChange({ name: 'web', after: { at: after } });
const app = aChange({ name: 'app' });

describe('movedAddresses', () => {
  it.each<[string, Shown, Shown, string[]]>([
    ['the same changes', plan([web('1'), app]), plan([app, web('1')]), []],
    ['another value', plan([web('1'), app]), plan([web('2'), app]), ['example_thing.web']],
    ['a change that came', plan([app]), plan([app, web('1')]), ['example_thing.web']],
    ['a change that went', plan([app, web('1')]), plan([app]), ['example_thing.web']],
    ['another action', plan([app]), plan([{ ...app, action: 'replace' }]), ['example_thing.app']],
    [
      'another output',
      plan([], [anOutput('url')]),
      plan([], [anOutput('url', { after: 'x' })]),
      ['output.url'],
    ],
  ])('names what differs: %s', (_, before, after, moved) => {
    expect(movedAddresses(before, after)).toEqual(moved);
  });
});

describe('unstableAddresses', () => {
  const one = { ...plan([web('1')]), digest: 'one' };

  it('names nothing as long as the digest stays', () => {
    expect(unstableAddresses(one, { ...plan([web('2')]), digest: 'one' })).toEqual([]);
  });

  it('names what moved with the digest', () => {
    expect(unstableAddresses(one, { ...plan([web('2')]), digest: 'two' })).toEqual(['example_thing.web']);
  });

  it('is never empty when the digest is another: what moved may be masked', () => {
    expect(unstableAddresses(one, { ...one, digest: 'two' })).toEqual(['something that is not shown']);
  });
});
