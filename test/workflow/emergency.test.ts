import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aSigner } from '../support/decisions.ts';
import { anEnvironment } from '../support/environments.ts';
import { aDriftedChange, aFakeDriver, type FakeDriver } from '../support/fake-driver.ts';
import { startTestTemporal, type TestTemporal } from '../support/temporal.ts';
import { aRepo, publishedSettings, startTestWorkers, type TestWorkers } from '../support/workers.ts';

const [PROD, OTHER, DEV] = ['envs/prod', 'envs/prod/other', 'envs/dev'] as const;
const signer = aSigner();
const warnings: Record<string, unknown>[] = [];
const log = pino(
  { level: 'warn' },
  { write: (line: string) => warnings.push(JSON.parse(line) as Record<string, unknown>) },
);
const repo = aRepo();
const environments = [
  anEnvironment('production', { freeze: { reason: 'year end', until: null } }),
  anEnvironment('development'),
];
let driver: FakeDriver;
let temporal: TestTemporal;
let test: TestWorkers;

beforeAll(async () => {
  temporal = await startTestTemporal();
  driver = aFakeDriver([PROD, OTHER, DEV], () => ({ changes: [aDriftedChange()] }));
  test = await startTestWorkers(temporal, {
    drivers: [driver],
    settings: publishedSettings([repo], { environments }),
    overrides: { verifySigned: signer.verify, log },
  });
});
afterAll(async () => {
  await test?.stop();
  await temporal?.stop();
});

let next = Date.now();

/** A task of the whole repo, with an emergency that was signed for a place. */
async function syncAs(
  place: { environment?: string; stacks?: string[] },
  change: (signed: ReturnType<typeof signer.emergency>) => object = (signed) => signed,
) {
  driver.applied.clear();
  const taskId = `${repo.name}:${(next += 1)}`;
  const emergency = change(signer.emergency({ repo: repo.name, taskId }, 'root@example.com', place));
  const handle = await test.sync(repo.name, { task_id: taskId, actor: 'root@example.com', emergency });
  return { taskId, result: await handle.result(), applied: [...driver.applied.keys()].toSorted() };
}

describe('an emergency apply', () => {
  it('goes past approvals and a freeze for the stacks that it was signed for, and for no others', async () => {
    const { taskId, result, applied } = await syncAs({ environment: 'production', stacks: [PROD] });
    expect(applied).toEqual([PROD]);
    expect(result).toMatchObject({ applied: 1, waiting: 1, blocked: 1 });
    const [attempt, ...more] = await test.store.attempts.list({ taskId, limit: 9 });
    expect([attempt?.rule, attempt?.stackKey, more]).toEqual(['break_glass', PROD, []]);
    expect(attempt?.emergency).toEqual({ by: 'root@example.com', reason: 'the site is down' });
    expect(warnings).toContainEqual(
      expect.objectContaining({
        msg: 'EMERGENCY: a stack is changed without approvals',
        stack: PROD,
        taskId,
        by: 'root@example.com',
        reason: 'the site is down',
      }),
    );
    const records = await test.store.audit.list({ repo: repo.name, afterSeq: 0, limit: 999 });
    expect(
      records.find(({ action, taskId: id }) => id === taskId && action === 'apply.started'),
    ).toMatchObject({
      stackKey: PROD,
      environment: 'production',
      details: {
        rule: 'break_glass',
        emergency_by: 'root@example.com',
        emergency_reason: 'the site is down',
      },
    });
  });

  it('of an environment is for its stacks only', async () => {
    expect((await syncAs({ environment: 'production' })).applied).toEqual([PROD, OTHER]);
  });

  it.each<[string, (signed: ReturnType<typeof signer.emergency>) => object]>([
    ['other stacks', (signed) => ({ ...signed, stacks: [PROD, DEV, OTHER] })],
    ['all stacks', ({ stacks: _stacks, ...signed }) => signed],
    ['another environment', (signed) => ({ ...signed, environment: 'production' })],
    ['another person', (signed) => ({ ...signed, by: 'mallory@example.com' })],
    ['another task', (signed) => ({ ...signer.emergency({ repo: repo.name, taskId: 'x:1' }, signed.by) })],
  ])('signed for something else than %s is none', async (_, change) => {
    const { result, applied } = await syncAs({ environment: 'development', stacks: [DEV] }, change);
    expect(applied).toEqual([]);
    expect(result).toMatchObject({ applied: 0, status: 'awaiting_approval' });
  });
});

describe('a sync of named stacks under an environment', () => {
  it('leaves out those of another', async () => {
    driver.applied.clear();
    const handle = await test.sync(repo.name, {
      actor: 'dev@example.com',
      environment: 'dev',
      stacks: [DEV, PROD],
    });
    expect(await handle.result()).toMatchObject({ total: 1, waiting: 1 });
  });

  it('is refused when all are of another', async () => {
    const handle = await test.sync(repo.name, {
      actor: 'dev@example.com',
      environment: 'dev',
      stacks: [PROD],
    });
    await expect(handle.result()).rejects.toMatchObject({ cause: { type: 'stack_not_found' } });
  });
});
