import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requestTask } from '../../src/temporal/requests.ts';
import { aDriftedChange, aFakeDriver, NO_QUOTA } from '../support/fake-driver.ts';
import { anEnvironment } from '../support/environments.ts';
import { startTestTemporal, type TestTemporal } from '../support/temporal.ts';
import { verdictsOf } from '../support/verdicts.ts';
import { aGate, waitFor } from '../support/wait-for.ts';
import { aRepo, publishedSettings, startTestWorkers } from '../support/workers.ts';

const NET = 'envs/dev/net';
const APP = 'envs/dev/app';
const OTHER = 'envs/dev/other';
const changed = () => ({ changes: [aDriftedChange()] });
const environments = [
  anEnvironment('development', {
    approvals: { required: 0 },
    retry: { limit: 0, durationMs: 1, factor: 1, maxDurationMs: 1 },
  }),
];

let temporal: TestTemporal;
beforeAll(async () => {
  temporal = await startTestTemporal();
});
afterAll(async () => {
  await temporal.stop();
});

describe('stacks that depend on each other', () => {
  it('are applied in order, and a failure blocks its dependents only', async () => {
    const repo = aRepo();
    const driver = aFakeDriver([APP, NET, OTHER], changed, {
      dependsOn: { [APP]: [NET] },
      apply: ({ stack }) => (stack.key === NET ? NO_QUOTA : undefined),
    });
    const settings = publishedSettings([repo], { environments });
    const test = await startTestWorkers(temporal, { drivers: [driver], settings });
    try {
      const result = await (await test.sync(repo.name)).result();
      expect(result).toMatchObject({ status: 'failed', applied: 1, blocked: 1, failed: 1 });
      expect([...driver.applied.keys()]).toEqual([OTHER]);
      expect((await verdictsOf(test.store, repo.name))[APP]).toMatchObject({
        kind: 'blocked',
        blockedBy: [NET],
      });
    } finally {
      await test.stop();
    }
  });
});

describe('the order that the config declares', () => {
  it('is added to what the driver knows, and stops the dependents of what failed', async () => {
    const repo = aRepo({ dependsOn: { [APP]: [OTHER] } });
    const applied: string[] = [];
    const driver = aFakeDriver([APP, NET, OTHER, 'envs/dev/dns'], changed, {
      dependsOn: { [OTHER]: [NET] },
      apply: ({ stack: { key } }) => {
        applied.push(key);
        return key === NET ? NO_QUOTA : undefined;
      },
    });
    const settings = publishedSettings([repo], { environments });
    const test = await startTestWorkers(temporal, { drivers: [driver], settings });
    try {
      const result = await (await test.sync(repo.name)).result();
      expect(result).toMatchObject({ status: 'failed', applied: 1, blocked: 2, failed: 1 });
      expect(applied.toSorted()).toEqual(['envs/dev/dns', NET]);
      const verdicts = await verdictsOf(test.store, repo.name);
      const way: Record<string, string> = { [OTHER]: '', [APP]: ` (${APP} → ${OTHER} → ${NET})` };
      for (const key of [APP, OTHER]) {
        const blocked = { code: 'blocked_by', message: `Blocked by ${NET}, which failed${way[key] ?? ''}.` };
        expect(verdicts[key]).toMatchObject({ kind: 'blocked', blockedBy: [NET], reasons: [blocked] });
      }
    } finally {
      await test.stop();
    }
  });

  it('blocks only what needs a stack that is not there, says so, and lets go on what was agreed on', async () => {
    const repo = aRepo({ dependsOn: { [APP]: ['envs/dev/nett'], 'envs/dev/gone': [NET] } });
    const driver = aFakeDriver([APP, NET, OTHER], changed, { dependsOn: { [OTHER]: [APP] } });
    const settings = publishedSettings([repo], { environments });
    const test = await startTestWorkers(temporal, { drivers: [driver], settings });
    try {
      expect(await (await test.sync(repo.name)).result()).toMatchObject({
        applied: 1,
        blocked: 2,
        failed: 0,
      });
      expect([...driver.applied.keys()]).toEqual([NET]);
      const [task] = await test.store.tasks.list({ repo: repo.name, limit: 1 });
      const verdicts = await verdictsOf(test.store, repo.name);
      expect(verdicts[APP]).toMatchObject({ kind: 'blocked', reasons: [{ code: 'depends_on_unknown' }] });
      expect(verdicts[APP]!.reasons[0]!.message).toContain('"envs/dev/nett"');
      expect(verdicts[OTHER]).toMatchObject({ kind: 'blocked', blockedBy: [APP] });
      const warnings = (await test.store.events.list(task!.id, 0, 99))
        .filter(({ kind }) => kind === 'warning')
        .map(({ message }) => message);
      expect(warnings.join()).toContain('names "envs/dev/gone", "envs/dev/nett", which it does not have');
      const agreed = { trigger: 'approval', stacks: [APP] };
      expect(await (await test.sync(repo.name, agreed)).result()).toMatchObject({ applied: 1, blocked: 0 });
    } finally {
      await test.stop();
    }
  });
});

describe('a request to a busy repo', () => {
  it('waits for the present task and runs then, also behind a scan', async () => {
    const repo = aRepo();
    const gate = aGate();
    const driver = aFakeDriver([NET], async () => {
      await gate.opened;
      return changed();
    });
    const settings = publishedSettings([repo], { environments });
    const test = await startTestWorkers(temporal, { drivers: [driver], settings });
    try {
      await test.scan(repo.name);
      await waitFor('the scan', () => driver.started.has(NET));
      const target = { client: temporal.client, taskQueue: test.taskQueue };
      await requestTask(target, repo.name, { kind: 'sync', trigger: 'cli', actor: 'alice@example.com' });
      await requestTask(target, repo.name, { kind: 'sync', trigger: 'cli', actor: 'alice@example.com' });
      gate.open();
      await waitFor('the sync', async () => {
        const [task] = await test.store.tasks.list({ repo: repo.name, limit: 1 });
        return task?.kind === 'sync' && task.status === 'completed';
      });
      expect(driver.applied.get(NET)).toBe(1);
      expect(await test.store.tasks.list({ repo: repo.name, limit: 9 })).toHaveLength(2);
    } finally {
      await test.stop();
    }
  });
});

describe('cancelling a sync', () => {
  it('ends only when the tool that applies has ended, and says what became of it', async () => {
    const repo = aRepo();
    let ended = false;
    const driver = aFakeDriver([NET], changed, {
      apply: async ({ signal }) => {
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
        await delay(1_000);
        ended = true;
        const message = 'The tool was interrupted.';
        return { status: 'failed', outcome: 'partial', code: 'cancelled', message, backup: null, log: null };
      },
    });
    const settings = publishedSettings([repo], { environments });
    const test = await startTestWorkers(temporal, { drivers: [driver], settings });
    try {
      const handle = await test.sync(repo.name);
      await waitFor('the apply', async () => (await test.store.attempts.open()).length === 1);
      await handle.cancel();
      await handle.result().catch(() => undefined);
      expect(ended).toBe(true);
      const [attempt] = await test.store.attempts.list({ repo: repo.name, limit: 1 });
      expect(attempt).toMatchObject({ status: 'partial', error: { code: 'cancelled' } });
      expect((await test.store.stacks.get(repo.name, NET))?.status).toBe('unknown');
    } finally {
      await test.stop();
    }
  });
});
