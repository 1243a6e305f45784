import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verdictResult } from '../../src/domain/eligibility/verdict-result.ts';
import { PlumblineError } from '../../src/util/errors.ts';
import { aDriftedChange, aFakeDriver } from '../support/fake-driver.ts';
import { anEnvironment } from '../support/environments.ts';
import { startTestTemporal, type TestTemporal } from '../support/temporal.ts';
import { aRepo, COMMIT, publishedSettings, startTestWorkers, type TestWorkers } from '../support/workers.ts';

const DEVELOPMENT = anEnvironment('development', { approvals: { required: 0 } });
const PRODUCTION = anEnvironment('production', { approvals: { required: 2 } });

let temporal: TestTemporal;
beforeAll(async () => {
  temporal = await startTestTemporal();
});
afterAll(async () => {
  await temporal.stop();
});

describe('a scan', () => {
  it('notes what is in sync with the newest commit, so that later changes are told from earlier ones', async () => {
    const [named, newest] = [aRepo(), aRepo()];
    const driver = aFakeDriver(['a', 'b'], ({ stack }) =>
      stack.key === 'b' ? { changes: [aDriftedChange()] } : undefined,
    );
    const test = await startTestWorkers(temporal, {
      drivers: [driver],
      settings: publishedSettings([named, newest]),
    });
    try {
      // A commit that somebody named may be of any branch.
      await (await test.scan(named.name, { commit: COMMIT })).result();
      await (await test.scan(newest.name)).result();
      expect(await test.store.syncs.list(named.name)).toEqual([]);
      expect(await test.store.syncs.list(newest.name)).toMatchObject([
        { stackKey: 'a', commit: COMMIT, attemptId: '' },
      ]);
    } finally {
      await test.stop();
    }
  });
});

describe('syncRepo', () => {
  it('applies what the policy lets through, and nothing else', async () => {
    const repo = aRepo();
    const driver = aFakeDriver(['envs/dev/app', 'envs/dev/net'], ({ stack }) =>
      stack.key === 'envs/dev/app' ? { changes: [aDriftedChange()] } : undefined,
    );
    const settings = publishedSettings([repo], { environments: [DEVELOPMENT] });
    const test = await startTestWorkers(temporal, { drivers: [driver], settings });
    try {
      const handle = await test.sync(repo.name, { actor: 'alice@example.com' });
      expect(await handle.result()).toMatchObject({
        status: 'completed',
        total: 2,
        applied: 1,
        unchanged: 1,
      });
      expect([...driver.applied]).toEqual([['envs/dev/app', 1]]);
      const [attempt] = await test.store.attempts.list({ repo: repo.name, limit: 9 });
      expect(attempt).toMatchObject({
        status: 'applied',
        rule: 'policy',
        stackKey: 'envs/dev/app',
        commit: COMMIT,
      });
      expect(await test.store.attempts.lease(repo.name, 'envs/dev/app')).toBeUndefined();
      expect(await test.store.syncs.get(repo.name, 'envs/dev/app')).toMatchObject({ commit: COMMIT });
      expect((await test.store.stacks.get(repo.name, 'envs/dev/app'))?.status).toBe('in_sync');
      const records = await test.store.audit.list({ repo: repo.name, afterSeq: 0, limit: 99 });
      expect(records.map(({ action, environment }) => [action, environment])).toEqual([
        ['task.started', null],
        ['apply.started', 'development'],
        ['apply.ended', 'development'],
        ['task.ended', 'development'],
      ]);
    } finally {
      await test.stop();
    }
  });

  it.each([
    ['a plan on mock outputs', { mockOutputs: true }, 'mock_outputs'],
    ['a plan that leaves nothing', { resources: 1, emptied: true }, 'would_empty'],
    ['a plan that destroys a larger share than is allowed', { resources: 3 }, 'too_many_destroys'],
    ['a destroy of an unknown share', { resources: null }, 'destroy_share_unknown'],
  ])('does not apply %s, and says why', async (_, part, code) => {
    const repo = aRepo();
    const gone = aDriftedChange({ action: 'delete', actions: ['delete'], cause: 'pending' });
    const basis = { resources: 100, emptied: false, mockOutputs: false, ...part };
    const driver = aFakeDriver(['envs/dev/app'], () => ({ changes: [gone], basis }));
    const environments = [
      anEnvironment('development', {
        approvals: { required: 0 },
        automated: { prune: true, selfHeal: false, allowEmpty: false },
        maxDestroys: { count: null, percent: 25 },
      }),
    ];
    const settings = publishedSettings([repo], { environments });
    const test = await startTestWorkers(temporal, { drivers: [driver], settings });
    try {
      const handle = await test.sync(repo.name, { actor: 'alice@example.com' });
      await handle.result();
      expect([...driver.applied]).toEqual([]);
      const [task] = await test.store.tasks.list({ repo: repo.name, limit: 1 });
      const [verdict] = Object.values(await test.store.verdicts.listByTask(task!.id));
      expect(verdict?.kind).toBe('blocked');
      expect(verdict?.reasons.map((reason) => reason.code)).toContain(code);
    } finally {
      await test.stop();
    }
  });

  it('applies nothing in a dry run, and says of each stack what would become of it', async () => {
    const repo = aRepo();
    const driver = aFakeDriver(['envs/dev/app', 'envs/dev/net', 'envs/prod/app'], ({ stack }) =>
      stack.key === 'envs/dev/net' ? undefined : { changes: [aDriftedChange()] },
    );
    const settings = publishedSettings([repo], { environments: [DEVELOPMENT, PRODUCTION] });
    const test = await startTestWorkers(temporal, { drivers: [driver], settings });
    try {
      const handle = await test.sync(repo.name, { dry_run: true });
      expect(await handle.result()).toMatchObject({ status: 'completed', applied: 0, unchanged: 1 });
      expect(await resultsOf(test, repo.name)).toEqual({
        'envs/dev/app': 'would_apply',
        'envs/dev/net': 'nothing',
        'envs/prod/app': 'would_wait',
      });
      expect([...driver.applied]).toEqual([]);
      expect(await test.store.approvals.list({ limit: 9 })).toEqual([]);
    } finally {
      await test.stop();
    }
  });

  it('keeps why an apply came to nothing before it began', async () => {
    const repo = aRepo();
    const driver = aFakeDriver(['envs/dev/app', 'envs/dev/net'], ({ stack }, attempt) => {
      // An apply plans once more than its job did.
      if (stack.key === 'envs/dev/app' && attempt > 1)
        throw new PlumblineError('auth_failed', 'The credentials have expired.');
      return { changes: [aDriftedChange()], identity: { attempt } };
    });
    const settings = publishedSettings([repo], { environments: [DEVELOPMENT] });
    const test = await startTestWorkers(temporal, { drivers: [driver], settings });
    try {
      const handle = await test.sync(repo.name);
      await handle.result();
      // What moved is planned again at once, in tasks of its own.
      const { id } = (await test.store.tasks.list({ repo: repo.name, limit: 9 })).at(-1)!;
      const outcomes = Object.values(await test.store.verdicts.listByTask(id)).map(
        (verdict) => verdict.outcome,
      );
      expect(outcomes).toEqual([
        { status: 'failed', code: 'auth_failed', message: 'The credentials have expired.' },
        { status: 'refused', code: 'digest_changed', message: expect.any(String) as string },
      ]);
    } finally {
      await test.stop();
    }
  });
});

async function resultsOf({ store }: TestWorkers, repo: string): Promise<Record<string, string>> {
  const [task] = await store.tasks.list({ repo, limit: 1 });
  const verdicts = await store.verdicts.listByTask(task!.id);
  const jobs = await store.jobs.listByTask(task!.id, { afterOrdinal: -1, limit: 99 });
  return Object.fromEntries(
    jobs.map(({ id, stackKey }) => [stackKey, verdictResult(verdicts[id]!, undefined, true)]),
  );
}
