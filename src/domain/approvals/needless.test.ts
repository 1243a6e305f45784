import { describe, expect, it } from 'vitest';
import { anEnvironment } from '../../../test/support/environments.ts';
import { aRepo } from '../../../test/support/workers.ts';
import {
  type AppliedSince,
  type AskedBy,
  goesBack,
  type PlannedSince,
  whyGone,
  whyOvertaken,
  whySettled,
} from './needless.ts';

const [OLD, NEW] = ['a'.repeat(40), 'b'.repeat(40)];

describe('whyGone', () => {
  const asked = { repo: 'infra', stackKey: 'envs/prod', environment: 'production' };
  const repos = [aRepo({ name: 'infra' })];
  const environments = [anEnvironment('production')];
  const stack = { path: 'envs/prod' };

  it('is silent as long as repo, stack and environment are there', () => {
    expect(whyGone(asked, { repos, environments }, stack)).toBeUndefined();
    expect(whyGone({ ...asked, environment: null }, { repos, environments: [] }, stack)).toBeUndefined();
  });

  it.each<[string, Parameters<typeof whyGone>, string]>([
    [
      'a repo',
      [asked, { repos: [], environments }, stack],
      'The repository infra is no longer in the config.',
    ],
    ['a stack', [asked, { repos, environments }, undefined], 'The stack envs/prod is no longer in infra.'],
    [
      'an environment of its own',
      [{ ...asked, environment: 'shop' }, { repos, environments: [] }, { path: 'apps/shop' }],
      'The stack envs/prod no longer belongs to the environment shop, but to no environment.',
    ],
    [
      'a stack of an environment',
      [{ ...asked, environment: 'staging' }, { repos, environments }, stack],
      'The stack envs/prod no longer belongs to the environment staging, but to production.',
    ],
  ])('says what has gone: %s', (_, given, why) => {
    expect(whyGone(...given)).toBe(why);
  });
});

describe('whySettled', () => {
  const found = (
    kind: PlannedSince['task']['kind'],
    job: Partial<PlannedSince['job']>,
    goesBack = false,
  ): PlannedSince => ({
    task: { id: 'infra:9', kind, commit: NEW },
    job: { commit: NEW, inSync: true, ...job },
    goesBack,
  });

  it.each<[string, PlannedSince, boolean]>([
    ['a scan of the same commit', { ...found('scan', { commit: OLD }) }, true],
    ['a repair at the same commit', found('reconcile', { commit: OLD }), true],
    ['a sync of the newest commit', found('sync', {}), true],
    ['a scan of another commit', found('scan', {}), false],
    ['a sync that looked at an older one', found('sync', { commit: 'c'.repeat(40) }), false],
    ['a stack that is not in sync', found('sync', { inSync: false }), false],
    ['a way back, which the present does not replace', found('sync', { commit: OLD }, true), false],
  ])('tells whether an approval is needless: %s', (_, since, settled) => {
    expect(whySettled({ stackKey: 'envs/prod', commit: OLD }, since) !== undefined).toBe(settled);
  });

  it('names the task and the commit', () => {
    expect(whySettled({ stackKey: 'envs/prod', commit: OLD }, found('sync', {}))).toBe(
      'The stack envs/prod is in sync with bbbbbbbbbbbb, as infra:9 found.',
    );
  });
});

describe('goesBack', () => {
  const by = (task: AskedBy['task'], restores?: string): AskedBy => ({ task, restores });

  it.each<[string, AskedBy, boolean]>([
    ['a sync of the newest commit', by({ kind: 'sync' }), false],
    ['a task that is no longer kept', by(undefined), false],
    ['a sync of a commit that was named beside it', by({ kind: 'sync', aside: true }), true],
    ['a rollback', by({ kind: 'rollback' }), true],
    ['the return to a saved state', by({ kind: 'sync' }, 'backup-1'), true],
  ])('tells what the branch says nothing about: %s', (_, asked, back) => {
    expect(goesBack(asked)).toBe(back);
  });
});

describe('whyOvertaken', () => {
  const by = (task: Partial<AppliedSince['task']>, commit: string, back = false): AppliedSince => ({
    task: { id: 'infra:9', kind: 'sync', ...task },
    commit,
    goesBack: back,
  });

  it.each<[string, AppliedSince, boolean]>([
    ['a sync at the same commit', by({}, OLD), true],
    ['a sync at the same commit, which was named', by({ aside: true }, OLD), true],
    ['a sync of the newest commit', by({}, NEW), true],
    ['a sync of another commit, which was named', by({ aside: true }, NEW), false],
    ['a repair at the last synced commit', by({ kind: 'reconcile' }, NEW), false],
    ['a rollback', by({ kind: 'rollback' }, NEW), false],
    ['a sync, where people were asked about a way back', by({}, OLD, true), false],
  ])('tells whether an apply has overtaken an approval: %s', (_, since, overtaken) => {
    expect(whyOvertaken({ stackKey: 'envs/prod', commit: OLD }, since) !== undefined).toBe(overtaken);
  });
});
