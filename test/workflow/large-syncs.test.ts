import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verdictResult } from '../../src/domain/eligibility/verdict-result.ts';
import type { ApplyResult } from '../../src/drivers/driver-results.ts';
import { anEnvironment } from '../support/environments.ts';
import type { RepoTaskInput } from '../../src/workflows/inputs.ts';
import { aDriftedChange, aFakeDriver } from '../support/fake-driver.ts';
import { startTestTemporal, type TestTemporal } from '../support/temporal.ts';
import { aRepo, publishedSettings, startTestWorkers, type TestWorkers } from '../support/workers.ts';

const ENVIRONMENTS = [
  anEnvironment('development', { approvals: { required: 0 } }),
  anEnvironment('production', { approvals: { required: 1 } }),
];
/** Events after which the server suggests to continue as new. */
const SUGGESTED = 200;
/** Children at once. */
const WINDOW = 100;
/** Those of a child, and of the workflow's own steps around it. */
const EVENTS_OF_A_STACK = 12;
const numbered = (environment: string, count: number) =>
  Array.from({ length: count }, (_, at) => `envs/${environment}/s${String(at).padStart(4, '0')}`);

/** The runs of a repo's task, the newest first: how many events each has, and what it went on with. */
async function runsOf(temporal: TestTemporal, name: string) {
  const found: { events: number; stage: string | null }[] = [];
  const runs = temporal.client.workflow.list({ query: `WorkflowId = 'repo/${name}'` });
  for await (const { runId } of runs) {
    const { events } = await temporal.client.workflow.getHandle(`repo/${name}`, runId).fetchHistory();
    const [payload] = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
    const input = JSON.parse(Buffer.from(payload!.data!).toString()) as RepoTaskInput;
    found.push({ events: events?.length ?? 0, stage: input.resume?.stage?.name ?? null });
  }
  return found;
}

describe('a sync of many stacks whose runs are short', () => {
  const FAILING = 'envs/dev/s0003';
  const BEHIND_FAILING = 'envs/dev/s0050';
  const BEHIND_WAITING = 'envs/dev/s0051';
  const paths = [...numbered('dev', 130), ...numbered('prod', 20)];
  const failed: ApplyResult = {
    status: 'failed',
    outcome: 'partial',
    code: 'apply_failed',
    message: 'It broke.',
    backup: null,
    log: null,
  };
  let temporal: TestTemporal;
  let test: TestWorkers;

  beforeAll(async () => {
    const dynamicConfig = { 'limit.historyCount.suggestContinueAsNew': String(SUGGESTED) };
    temporal = await startTestTemporal({ dynamicConfig });
  });
  afterAll(async () => {
    await test?.stop();
    await temporal?.stop();
  });

  it('goes on from run to run, and does to each stack what is due, once', { timeout: 400_000 }, async () => {
    const repo = aRepo();
    const driver = aFakeDriver(paths, () => ({ changes: [aDriftedChange()] }), {
      dependsOn: { [BEHIND_FAILING]: [FAILING], [BEHIND_WAITING]: ['envs/prod/s0001'] },
      apply: ({ stack }) => (stack.key === FAILING ? failed : undefined),
    });
    const settings = publishedSettings([repo], {
      environments: ENVIRONMENTS,
      worker: { concurrency: 20 },
    });
    test = await startTestWorkers(temporal, { drivers: [driver], settings });
    const sync = await test.sync(repo.name, { actor: 'carol@example.com', task_id: `${repo.name}:1` });
    const result = { status: 'failed', total: 150, applied: 127, waiting: 20, blocked: 2, failed: 1 };
    expect(await sync.result()).toMatchObject(result);
    const runs = await runsOf(temporal, repo.name);
    expect(runs.map(({ stage }) => stage)).toEqual(expect.arrayContaining([null, 'applying']));
    // After the server's word, a run only ends what its window holds: with its usual 4,096 that stays far below 10,000.
    expect(Math.max(...runs.map(({ events }) => events))).toBeLessThan(
      SUGGESTED + WINDOW * EVENTS_OF_A_STACK,
    );
    expect(new Set(driver.applied.values())).toEqual(new Set([1]));
    expect(driver.applied.size).toBe(127);

    const verdicts = await test.store.verdicts.listByTask(`${repo.name}:1`);
    const attempts = await test.store.attempts.list({ taskId: `${repo.name}:1`, limit: 999 });
    expect(attempts).toHaveLength(128);
    const results = Object.entries(verdicts).map(([job, verdict]) =>
      verdictResult(
        verdict,
        attempts.find(({ jobId }) => jobId === job),
        true,
      ),
    );
    const count = (result: string) => results.filter((each) => each === result).length;
    expect([count('applied'), count('partial'), count('wait'), count('blocked')]).toEqual([127, 1, 20, 2]);
    const open = await test.store.approvals.list({ repo: repo.name, statuses: ['waiting'], limit: 999 });
    expect(open).toHaveLength(20);
  });
});
