import { mkdtemp, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { attemptIdOf } from '../../src/activities/apply-gate.ts';
import { openStore } from '../../src/store/open.ts';
import type { Store } from '../../src/store/store.ts';
import type { ApplyStackInput, ApplyStackResult } from '../../src/workflows/inputs.ts';
import { aPlan, aStack, COMMIT, storePlan, storeTask } from './api-data.ts';
import { anEnvironment } from './environments.ts';
import { aFakeDriver } from './fake-driver.ts';
import type { TestTemporal } from './temporal.ts';
import { aRepo, publishedSettings, startTestWorkers } from './workers.ts';

const KEY = 'envs/prod';
const NO_WORKER_AFTER_MS = 1_000;

/** When the queue of the stack's environment gets its new name: before anybody looks for the attempt, or after the first look. */
export type Renamed = 'before' | 'meanwhile';

/**
 * Runs `applyStack` of the repo `name` whose attempt was begun by a worker that is gone; only the environment's new queue has
 * workers. Answers what it ends with.
 */
export async function runLostApply(
  temporal: TestTemporal,
  { name, renamed }: { name: string; renamed: Renamed },
): Promise<ApplyStackResult> {
  const [old, present] = [`stacks-old-${name}`, `stacks-new-${name}`];
  const settings = (queue: string) =>
    publishedSettings([aRepo({ name })], { environments: [anEnvironment('production', { queue })] });
  const dataDir = await mkdtemp(join(tmpdir(), 'plumbline-lost-apply-'));
  const store = await openStore({ url: null, dataDir });
  const rename = () => store.configs.publish(settings(present), new Date().toISOString());
  const driver = { ...aFakeDriver([KEY]), kind: 'terraform' };
  try {
    await store.configs.publish(settings(old), new Date().toISOString());
    const input = await aBegunApply(store, name, old);
    if (renamed === 'before') await rename();
    const looked = renamed === 'before' ? store : renamedAfterALook(store, rename);
    const overrides = { store: looked, toolQueues: [present], noWorkerAfterMs: NO_WORKER_AFTER_MS };
    const test = await startTestWorkers(temporal, { drivers: [driver], settings: settings(old), overrides });
    try {
      return await temporal.client.workflow.execute<(input: ApplyStackInput) => Promise<ApplyStackResult>>(
        'applyStack',
        { workflowId: `repo/${name}/apply/${KEY}`, taskQueue: test.taskQueue, args: [input] },
      );
    } finally {
      await test.stop();
    }
  } finally {
    await store.close();
    await rm(dataDir, { recursive: true, force: true });
  }
}

/** The store, in which the queue is renamed when the attempt is looked for a second time. */
function renamedAfterALook(store: Store, rename: () => Promise<unknown>): Store {
  let looks = 0;
  const get: Store['attempts']['get'] = async (id) => {
    looks += 1;
    if (looks === 2) await rename();
    return await store.attempts.get(id);
  };
  return { ...store, attempts: { ...store.attempts, get } };
}

async function aBegunApply(store: Store, repo: string, queue: string): Promise<ApplyStackInput> {
  const {
    id: taskId,
    jobs,
    startedAt,
  } = await storeTask(store, repo, [aStack(KEY)], { kind: 'sync', queue });
  const job = jobs[0]!;
  const plan = aPlan();
  await storePlan(store, job, plan);
  const about = { repo, stackKey: KEY, taskId, jobId: job, digest: plan.digest, commit: COMMIT };
  const worker = { host: hostname(), pid: 1, startedAt: '0', bootId: 'of another start', pidNamespace: '' };
  const by = { rule: 'policy', approvalId: null, worker, outputPath: null, startedAt } as const;
  await store.attempts.begin({ id: attemptIdOf(job), kind: 'apply', ...about, ...by }, {});
  return {
    policy: {
      window: 1,
      lock_ttl_ms: 60_000,
      plan_limit_ms: 60_000,
      no_worker_after_ms: NO_WORKER_AFTER_MS,
      search_attributes: false,
    },
    task_id: taskId,
    job_id: job,
    repo,
    key: KEY,
    commit: COMMIT,
    config_version: 1,
    queue,
    digest: plan.digest,
  };
}
