import { describe, expect, it } from 'vitest';
import { stackFolders } from './stack-folders.ts';

describe('stackFolders', () => {
  it('puts a stack whose key begins like another’s beside it, not inside', () => {
    const outer = stackFolders('/data', 'infra', 'envs', 'one');
    const inner = stackFolders('/data', 'infra', 'envs/prod', 'one');
    expect(outer.dataDir).toBe('/data/stacks/infra/envs');
    expect(inner.dataDir).toBe('/data/stacks/infra/envs~2fprod');
  });

  it('has one lock for the branches of an entry, whose folders stay apart', () => {
    const [listed, derived] = ['infra', 'infra@x'].map((repo) => stackFolders('/data', repo, 'envs', 'one'));
    expect([listed!.lockPath, derived!.lockPath]).toEqual(Array(2).fill('/data/stacks/infra/envs.lock'));
    expect(derived!.dataDir).toBe('/data/stacks/infra@x/envs');
    expect(stackFolders('/data', 'infra2', 'envs', 'one').lockPath).toBe('/data/stacks/infra2/envs.lock');
  });

  it('keeps names within what file systems take, and apart', () => {
    const long = 'a/'.repeat(300);
    const names = [`${long}x`, `${long}y`].map((key) => stackFolders('/data', 'infra', key, 'one').dataDir);
    expect(new Set(names).size).toBe(2);
    for (const name of names) expect(name.split('/').at(-1)!.length).toBeLessThanOrEqual(200);
  });
});
