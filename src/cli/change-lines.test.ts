import pc from 'picocolors';
import { describe, expect, it } from 'vitest';
import { changeLines } from './change-lines.ts';

const plain = pc.createColors(false);

function field(pointer: string, before: unknown, after: unknown, cause: 'drift' | 'pending') {
  return { pointer, before, after, cause, sensitive: false, unknown: false };
}

describe('a change on the terminal', () => {
  it('says who changed it, and of each field what it was and what it is', () => {
    const by = [
      { manager: 'kubectl-edit', operation: 'Update', at: '2026-11-20T09:12:31Z' },
      { manager: 'deployer', operation: 'Apply', at: null },
    ];
    const attributes = [
      field('/spec/replicas', 2, 5, 'drift'),
      field('/spec/paused', null, true, 'drift'),
      field('/data/motd', 'a\nb\n', 'a\nc\n', 'pending'),
    ];
    const about = { address: 'shop/Deployment.apps/web', action: 'update', severity: 'high' } as const;
    expect(changeLines({ ...about, cause: 'both', changed_by: by, attributes }, plain)).toEqual([
      '~ shop/Deployment.apps/web (drift and pending, high, changed by kubectl-edit at 2026-11-20T09:12:31Z, deployer)',
      '    /spec/replicas',
      '      - 2  # applied',
      '      + 5  # live',
      '    /spec/paused',
      '      + true  # live',
      '    /data/motd',
      '      - a  # live',
      '      - b',
      '      + a  # Git',
      '      + c',
    ]);
  });

  it('is one line where all of an object is new or goes', () => {
    const about = { address: 'shop/ConfigMap/a', severity: 'low', cause: 'pending' } as const;
    const lines = (action: string) =>
      changeLines({ ...about, action, attributes: [], changed_by: [] }, plain);
    expect([lines('create'), lines('delete'), lines('replace')]).toEqual([
      ['+ shop/ConfigMap/a (pending, low)'],
      ['- shop/ConfigMap/a (pending, low)'],
      ['-/+ shop/ConfigMap/a (pending, low)'],
    ]);
  });
});
