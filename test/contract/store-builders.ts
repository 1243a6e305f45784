import { jobId, taskId } from '../../src/domain/ids.ts';
import type { StackPlan } from '../../src/domain/plan.ts';
import type { Stack } from '../../src/domain/stack.ts';
import type { NewTask, Store } from '../../src/store/store.ts';

const START_MS = Date.parse('2026-03-01T08:00:00Z');

/** A time that is this many minutes after the tests' own beginning of time. */
export function minute(count: number): string {
  return new Date(START_MS + count * 60_000).toISOString();
}

export function aNewTask(overrides: Partial<NewTask> = {}): NewTask {
  const repo = overrides.repo ?? 'my-infra';
  const startedAt = overrides.startedAt ?? minute(0);
  return {
    id: taskId(repo, Date.parse(startedAt)),
    repo,
    kind: 'scan',
    trigger: 'api',
    actor: 'ci',
    stackKey: null,
    configVersion: 1,
    workflowId: `repo/${repo}`,
    runId: 'run-1',
    startedAt,
    ...overrides,
  };
}

export function aStack(overrides: Partial<Stack> = {}): Stack {
  const key = overrides.key ?? 'envs/prod';
  return { key, kind: 'terraform', path: key, workspace: 'default', dependsOn: [], ...overrides };
}

export function aPlan(overrides: Partial<StackPlan> = {}): StackPlan {
  return {
    status: 'in_sync',
    changes: [],
    ignored: [],
    outputs: [],
    drift: 0,
    pending: 0,
    severity: null,
    digest: 'v1:sha256:00',
    tool: { name: 'terraform', version: '1.11.4', source: 'path' },
    durationsMs: { init: 80, plan: 210 },
    warnings: [],
    stateLock: null,
    artifacts: [],
    ...overrides,
  };
}

export const aDriftedPlan = (overrides: Partial<StackPlan> = {}): StackPlan =>
  aPlan({ status: 'drifted', drift: 2, severity: 'high', ...overrides });

/** A running task whose stacks are discovered a minute after its start; returns its job IDs by stack key. */
export async function aDiscoveredTask(
  store: Store,
  keys: readonly string[],
  overrides: Partial<NewTask> = {},
): Promise<{ id: string; jobs: Record<string, string> }> {
  const task = await store.tasks.begin(aNewTask(overrides));
  const startedMs = Date.parse(task.startedAt);
  const stacks = keys.map((key) => aStack({ key }));
  const jobs = stacks.map((stack) => ({
    id: jobId(task.repo, stack.key, startedMs),
    stack,
    queue: 'stacks',
  }));
  const at = new Date(startedMs + 60_000).toISOString();
  await store.stacks.discovered(task.repo, stacks, { complete: false });
  await store.tasks.discovered(task.id, 'c0ffee', jobs, at);
  return { id: task.id, jobs: Object.fromEntries(jobs.map((job) => [job.stack.key, job.id])) };
}

/** Runs one job to its end the way an activity does. */
export async function planJob(
  store: Store,
  id: string,
  at: string,
  plan: StackPlan = aPlan(),
): Promise<void> {
  await store.jobs.start(id, 'worker-1', at);
  await store.jobs.complete(id, { plan, contents: [], events: [] }, at);
}
