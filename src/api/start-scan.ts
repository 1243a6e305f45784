import { setTimeout as pause } from 'node:timers/promises';
import { keyOfUnknown, repoWorkflowId, stackKey, taskId } from '../domain/ids.ts';
import type { RepoSettings } from '../domain/settings.ts';
import type { Task } from '../domain/task.ts';
import type { StartedRun } from '../temporal/requests.ts';
import { errorCode } from '../util/errors.ts';
import type { ApiDeps, ApiTiming } from './deps.ts';
import { stopTask } from './stop-task.ts';
import type { RepoRun } from './temporal-port.ts';

/** What a scan request asks for, after its body was checked. */
export interface ScanRequest {
  repo: RepoSettings;
  /** The stack as it stood in the URL: a key, or a path; null for all. */
  stack: string | null;
  trigger: string | null;
  commit: string | null;
  actor: string | null;
}

/** What became of a scan request. */
export type ScanOutcome =
  | { type: 'accepted'; task: Task; jobs: string[] }
  | { type: 'conflict'; activeTask: Task }
  | { type: 'stack_not_found' };

/** What `startScan` needs. */
export type StartScanDeps = Pick<ApiDeps, 'store' | 'temporal' | 'configVersion' | 'clock' | 'log'> & {
  timing: ApiTiming;
};

/** How many running scans one trigger cancels, when others are quicker than it to start the next. */
const MAX_CANCELS = 2;

/**
 * Starts a scan under the repo's lock and waits, for a bounded time, until its jobs are known.
 * Where the repo's setting says so, a running scan is cancelled first, and waited for.
 * @throws PlumblineError `temporal_unavailable`
 */
export async function startScan(deps: StartScanDeps, request: ScanRequest): Promise<ScanOutcome> {
  const stack = request.stack === null ? null : await resolveStack(deps, request.repo, request.stack);
  if (stack === undefined) return { type: 'stack_not_found' };
  for (let cancels = 0; ; cancels += 1) {
    const started = await startOrFindBusy(deps, request, stack);
    if (started.type === 'begun') return waitForJobs(deps, started, stack);
    const { activeTask } = started;
    const mayCancel = request.repo.cancelInflightOnNewTrigger && cancels < MAX_CANCELS;
    if (!mayCancel || !isKnownScan(started) || !(await cancelScan(deps, activeTask))) {
      return { type: 'conflict', activeTask: await currentTask(deps, activeTask) };
    }
  }
}

/**
 * The key of the stack that a URL means: by key or by path. Where the config lists the stacks, one that is neither
 * listed nor known is undefined; where they are discovered, a new one may exist in Git, and its key is returned.
 */
async function resolveStack(
  deps: StartScanDeps,
  repo: RepoSettings,
  asked: string,
): Promise<string | undefined> {
  const text = asked.replace(/^\/+|\/+$/g, '');
  const unsafe = text === '' || text.split('/').some((part) => part === '..' || part === '.' || part === '');
  if (unsafe && text !== '.') return undefined;
  const candidates = new Set([text, stackKey(text)]);
  for (const key of candidates) {
    if (await deps.store.stacks.get(repo.name, key)) return key;
  }
  if (repo.stacks !== null) {
    const listed = new Set(repo.stacks.map((path) => stackKey(path)));
    const [folder = text] = text.split('@', 1);
    if (listed.has(text) || (folder !== text && listed.has(folder))) return text;
    return listed.has(stackKey(text)) ? stackKey(text) : undefined;
  }
  return keyOfUnknown(text);
}

interface Begun {
  type: 'begun';
  taskId: string;
  task: Task;
}
interface Busy {
  type: 'busy';
  activeTask: Task;
  /** Whether the store knows the task, so that it is sure what it does. */
  known: boolean;
}

/**
 * Starts the scan, or names the task that holds the repo. A workflow without a running task in the store has either
 * just begun, and its task is about to appear, or just ended its task, and is about to close: both take a moment.
 */
async function startOrFindBusy(
  deps: StartScanDeps,
  request: ScanRequest,
  stack: string | null,
): Promise<Begun | Busy> {
  const repo = request.repo.name;
  const result = await until<Begun | Busy>(deps.timing.activeTaskMs, deps.timing.pollMs, async () => {
    const begun = await tryStart(deps, request, stack);
    if (begun) return begun;
    const activeTask = await deps.store.tasks.active(repo);
    return activeTask && { type: 'busy', activeTask, known: true };
  });
  if (result) return result;
  const run = await deps.temporal.describeRepo(repo);
  return { type: 'busy', activeTask: unknownTask(repo, run, deps.clock.now()), known: false };
}

/** Undefined when the repo is busy. */
async function tryStart(
  deps: StartScanDeps,
  request: ScanRequest,
  stack: string | null,
): Promise<Begun | undefined> {
  const at = deps.clock.now();
  const id = taskId(request.repo.name, at.getTime());
  let run: StartedRun;
  try {
    run = await deps.temporal.startScan({
      repo: request.repo.name,
      ...(stack === null ? {} : { stack }),
      ...(request.commit === null ? {} : { commit: request.commit }),
      trigger: request.trigger ?? 'manual',
      actor: request.actor ?? '',
      task_id: id,
    });
  } catch (error) {
    if (errorCode(error) === 'scan_in_progress') return undefined;
    throw error;
  }
  return { type: 'begun', taskId: id, task: await begin(deps, request, stack, { id, at, run }) };
}

/** Makes the task visible at once; the workflow's own first step finds it there. */
async function begin(
  deps: StartScanDeps,
  request: ScanRequest,
  stack: string | null,
  started: { id: string; at: Date; run: StartedRun },
): Promise<Task> {
  return deps.store.tasks.begin({
    id: started.id,
    repo: request.repo.name,
    kind: 'scan',
    trigger: request.trigger ?? 'manual',
    actor: request.actor ?? '',
    stackKey: stack,
    configVersion: deps.configVersion(),
    workflowId: started.run.workflowId,
    runId: started.run.runId,
    startedAt: started.at.toISOString(),
  });
}

async function waitForJobs(deps: StartScanDeps, begun: Begun, stack: string | null): Promise<ScanOutcome> {
  const task = await until(deps.timing.discoveryMs, deps.timing.pollMs, async () => {
    const now = await deps.store.tasks.get(begun.taskId);
    return now && (now.discoveredAt !== null || now.endedAt !== null) ? now : undefined;
  });
  if (stack !== null && task?.error?.code === 'stack_not_found') return { type: 'stack_not_found' };
  const latest = task ?? (await deps.store.tasks.get(begun.taskId)) ?? begun.task;
  const jobs = await deps.store.jobs.listByTask(begun.taskId, {
    afterOrdinal: -1,
    limit: Math.max(1, latest.counts.total),
  });
  return { type: 'accepted', task: latest, jobs: jobs.map((job) => job.id) };
}

/** Only scans are cancelled for a new trigger: whatever may be changing something is left to end. */
function isKnownScan({ activeTask, known }: Busy): boolean {
  return known && activeTask.kind === 'scan';
}

/** Whether the running scan is gone now. What runs after it is not touched. */
async function cancelScan(deps: StartScanDeps, scan: Task): Promise<boolean> {
  const { repo, id } = scan;
  await deps.store.tasks.requestCancel(id, deps.clock.now().toISOString());
  deps.log.info({ repo, task: id }, 'cancelling the running scan for a new trigger');
  if (!(await stopTask(deps, scan))) return true;
  const gone = await until(deps.timing.cancelMs, deps.timing.pollMs, async () => {
    const run = await deps.temporal.describeRepo(repo);
    return run?.running === true && run.kind === 'scan' ? undefined : true;
  });
  return gone === true;
}

/** The counts of now: cancelling may have taken a while. */
async function currentTask(deps: StartScanDeps, task: Task): Promise<Task> {
  return (await deps.store.tasks.get(task.id)) ?? task;
}

/** Stands for a task that Temporal runs and the store has not heard of yet: no worker has taken it. */
function unknownTask(repo: string, run: RepoRun | undefined, now: Date): Task {
  const since = run?.startedAt ?? now.toISOString();
  return {
    id: taskId(repo, Date.parse(since)),
    repo,
    kind: run?.kind ?? 'scan',
    status: 'running',
    trigger: '',
    commit: '',
    actor: '',
    stackKey: null,
    configVersion: 0,
    workflowId: repoWorkflowId(repo),
    runId: '',
    counts: {
      total: 0,
      queued: 0,
      running: 0,
      completed: 0,
      failed: 0,
      drifted: 0,
      errored: 0,
      liveDrifted: 0,
      pending: 0,
    },
    discoveredAt: null,
    startedAt: since,
    endedAt: null,
    cancelRequestedAt: null,
    error: null,
  };
}

/** Asks until there is an answer or the time is over. Uses the real clock: it bounds a real wait. */
async function until<T>(
  boundMs: number,
  pollMs: number,
  ask: () => Promise<T | undefined>,
): Promise<T | undefined> {
  const deadline = performance.now() + boundMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() >= deadline) return undefined;
    await pause(pollMs);
  }
}
