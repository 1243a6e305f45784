import { jobId, stackKey, taskId } from '../../src/domain/ids.ts';
import type { StackPlan } from '../../src/domain/plan.ts';
import type { Stack } from '../../src/domain/stack.ts';
import type { Change } from '../../src/domain/change.ts';
import type { Task, TaskKind } from '../../src/domain/task.ts';
import type { Store } from '../../src/store/store.ts';

/** A stack that a driver discovered. */
export function aStack(path: string, changes: Partial<Stack> = {}): Stack {
  return { key: stackKey(path), kind: 'terraform', path, workspace: 'default', dependsOn: [], ...changes };
}

/** A change of one resource. */
export function aChange(changes: Partial<Change> = {}): Change {
  return {
    address: 'local_file.motd',
    kind: 'local_file',
    name: 'motd',
    action: 'update',
    actions: ['update'],
    cause: 'drift',
    before: { content: 'hello' },
    after: { content: 'welcome' },
    attributes: [
      {
        pointer: '/content',
        before: 'hello',
        after: 'welcome',
        sensitive: false,
        unknown: false,
        cause: 'drift',
      },
    ],
    replacedBecause: [],
    severity: 'low',
    severityReason: 'nothing says otherwise',
    ...changes,
  };
}

/** What a plan found. */
export function aPlan(changes: Partial<StackPlan> = {}): StackPlan {
  return {
    status: 'drifted',
    changes: [aChange()],
    ignored: [],
    outputs: [],
    drift: 1,
    pending: 0,
    severity: 'low',
    digest: 'v1:sha256:00',
    tool: { name: 'terraform', version: '1.11.4', source: 'path' },
    durationsMs: { init: 80, plan: 210 },
    warnings: [],
    stateLock: null,
    artifacts: [],
    ...changes,
  };
}

/** The commit of the stored tasks. */
export const COMMIT = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';

/** What a worker does first: the task and its jobs, all of them pending. */
export async function storeTask(
  store: Store,
  repo: string,
  stacks: Stack[],
  options: {
    startedAtMs?: number;
    known?: boolean;
    kind?: TaskKind;
    stackKey?: string;
    actor?: string;
    trigger?: string;
    firstTrigger?: string;
    queue?: string;
  } = {},
): Promise<{ id: string; jobs: string[]; startedAt: string }> {
  const startedAtMs = options.startedAtMs ?? Date.now();
  const id = taskId(repo, startedAtMs);
  const startedAt = new Date(startedAtMs).toISOString();
  await store.tasks.begin({
    id,
    repo,
    kind: options.kind ?? 'scan',
    trigger: options.trigger ?? 'manual',
    ...(options.firstTrigger === undefined ? {} : { firstTrigger: options.firstTrigger }),
    actor: options.actor ?? '',
    stackKey: options.stackKey ?? null,
    configVersion: 1,
    workflowId: `repo/${repo}`,
    runId: 'run-0',
    startedAt,
  });
  const { queue = 'stacks' } = options;
  const jobs = stacks.map((stack) => ({ id: jobId(repo, stack.key, startedAtMs), stack, queue }));
  if (options.known !== false) await store.stacks.discovered(repo, stacks, { complete: false });
  await store.tasks.discovered(id, COMMIT, jobs, startedAt);
  return { id, jobs: jobs.map((job) => job.id), startedAt };
}

/** What a worker does with one job: a plan, stored. */
export async function storePlan(
  store: Store,
  job: string,
  plan: StackPlan = aPlan(),
  at: string = new Date().toISOString(),
): Promise<void> {
  await store.jobs.start(job, 'worker-1', at);
  await store.jobs.complete(job, { plan, contents: [], events: [] }, at);
}

/** Ends a task as completed. */
export function finishTask(store: Store, id: string): Promise<Task> {
  return store.tasks.finish(id, { status: 'completed', error: null }, new Date().toISOString());
}
