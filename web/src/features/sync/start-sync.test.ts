import { describe, expect, it } from 'vitest';
import { syncRequest } from './start-sync.ts';

describe('syncRequest', () => {
  it('says no more than the person did', () => {
    expect(syncRequest({ repo: 'core' }, { dryRun: false, reason: ' ' })).toEqual({ trigger: 'ui' });
  });

  it('names the stacks, the dry run and the reason', () => {
    expect(
      syncRequest({ repo: 'core', stacks: ['envs/prod'] }, { dryRun: true, reason: ' the audit finding ' }),
    ).toEqual({ trigger: 'ui', stacks: ['envs/prod'], dry_run: true, reason: 'the audit finding' });
  });
});
