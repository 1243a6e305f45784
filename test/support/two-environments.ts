import type { Store } from '../../src/store/store.ts';
import { aChange, aPlan, aStack, COMMIT, storePlan, storeTask } from './api-data.ts';
import { aDigest, presentPlan } from './ui-control.ts';

/** A word that stands in everything that is stored of one environment. */
export interface MarkedEnvironment {
  environment: string;
  /** Folder of its stacks. */
  folder: string;
  word: string;
  /** Digest of the artifact with the text of its plan. */
  text: string;
}

/** IDs of what was stored. */
export interface StoredEnvironments {
  tasks: string[];
  jobs: string[];
  /** The task of all environments, and those that are of one only, in their order. */
  common: string;
  single: string[];
}

/** Keys of the stacks of an environment: one was planned, one failed. */
export function keysOf({ folder, word }: MarkedEnvironment): { planned: string; failed: string } {
  return { planned: `envs/${folder}/${word}`, failed: `envs/${folder}/broken-${word}` };
}

/** Stores what there can be of each of these environments in the repo `my-infra`, and a task that they have in common. */
export async function storeEnvironments(
  store: Store,
  environments: readonly MarkedEnvironment[],
): Promise<StoredEnvironments> {
  const startedAtMs = Date.now() - 60_000;
  const keys = environments.flatMap((one) => Object.values(keysOf(one)));
  const common = await storeTask(
    store,
    'my-infra',
    keys.map((key) => aStack(key)),
    { startedAtMs, kind: 'sync' },
  );
  for (const [index, one] of environments.entries()) {
    const [planned, failed] = common.jobs.slice(2 * index);
    await storeJobs(store, one, { taskId: common.id, planned: planned!, failed: failed! });
  }
  const words = environments.map(({ word }) => word).join(' and ');
  const error = { code: 'discovery_failed', message: `Trouble with ${words}` };
  await store.tasks.finish(common.id, { status: 'failed', error }, new Date().toISOString());
  const single = [];
  for (const [index, one] of environments.entries()) {
    const stackKey = keysOf(one).failed;
    const options = { startedAtMs: startedAtMs + 1_000 * (index + 1), stackKey };
    single.push(await storeTask(store, 'my-infra', [aStack(stackKey)], options));
    await storeControl(store, one);
  }
  return {
    common: common.id,
    single: single.map(({ id }) => id),
    tasks: [common.id, ...single.map(({ id }) => id)],
    jobs: [...common.jobs, ...single.flatMap(({ jobs }) => jobs)],
  };
}

async function storeJobs(
  store: Store,
  { word, text }: MarkedEnvironment,
  { taskId, planned, failed }: { taskId: string; planned: string; failed: string },
): Promise<void> {
  const change = aChange({ address: `local_file.${word}`, name: word });
  const ignored = { reason: word, rule: word };
  const plan = aPlan({
    changes: [change],
    ignored: [{ ...change, ignored }],
    outputs: [{ name: word, action: 'update', before: word, after: word, sensitive: false }],
    warnings: [word],
    digest: aDigest(word),
    artifacts: [{ kind: 'plan_text', digest: text, sizeBytes: 1, encrypted: false }],
  });
  await storePlan(store, planned, plan);
  const at = new Date().toISOString();
  const { stackKey } = (await store.jobs.get(planned))!;
  await store.events.append([
    { taskId, stackKey, kind: 'log', message: `A line of ${word}`, at },
    { taskId, stackKey: null, kind: 'warning', message: `All of it, and also ${word}`, at },
  ]);
  await store.verdicts.put(planned, {
    kind: 'wait',
    rule: null,
    reasons: [{ code: 'approval', message: word }],
    blockedBy: [],
  });
  await store.jobs.start(failed, 'worker-1', at);
  await store.jobs.fail(failed, 'errored', { code: 'plan_failed', message: `No ${word}` }, at);
}

async function storeControl(store: Store, one: MarkedEnvironment): Promise<void> {
  const { environment, word } = one;
  const { planned: key } = keysOf(one);
  const at = new Date().toISOString();
  await presentPlan(store, 'my-infra', key, { environment, reasons: [word] });
  const hold = {
    kind: 'pause' as const,
    commit: null,
    reason: word,
    by: 'ops',
    at,
    releasedAt: null,
    releasedBy: null,
  };
  await store.holds.place({ id: `${word} 1`, scope: 'stack', repo: 'my-infra', name: key, ...hold });
  await store.holds.place({ id: `${word} 2`, scope: 'environment', repo: null, name: environment, ...hold });
  await store.audit.append({
    at,
    actor: 'plumbline',
    action: 'apply.started',
    repo: 'my-infra',
    stackKey: key,
    environment,
    taskId: null,
    commit: null,
    digest: aDigest(word),
    result: 'ok',
    reason: word,
    source: 'schedule',
    details: { rule: 'policy' },
  });
  const job = (await store.jobs.listByStack('my-infra', key, 1))[0]!;
  const attempt = {
    id: `${word} attempt`,
    kind: 'apply' as const,
    repo: 'my-infra',
    stackKey: key,
    taskId: job.taskId,
    jobId: job.id,
    digest: aDigest(word),
    commit: COMMIT,
    rule: 'policy' as const,
    approvalId: null,
    worker: { host: word, pid: 7, startedAt: '', bootId: 'b', pidNamespace: 'n' },
    outputPath: null,
    startedAt: at,
  };
  const { fence } = await store.attempts.begin(attempt, {});
  await store.attempts.setBackup(attempt.id, fence, {
    id: `${word} backup`,
    repo: 'my-infra',
    stackKey: key,
    jobId: job.id,
    attemptId: attempt.id,
    content: 'hmac-sha256:00',
    lineage: word,
    serial: 1,
    commit: COMMIT,
    createdAt: at,
  });
}
