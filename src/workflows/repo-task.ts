import {
  ApplicationFailure,
  CancellationScope,
  continueAsNew,
  defineQuery,
  isCancellation,
  patched,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { BegunTask, DecidedStacks, TaskRequest } from '../activities/types.ts';
import { applyWindow } from './apply-window.ts';
import { decideInPages, type PagedTask } from './decide-pages.ts';
import type { DecisionStage } from './decision-stage.ts';
import type { RepoRequest, RepoTaskInput, RepoTaskResult, ScanProgress, SyncKind } from './inputs.ts';
import { light } from './light.ts';
import { type EndedEarly, withinMaxAge } from './max-age.ts';
import { planWindow } from './plan-window.ts';
import { toolQueue } from './queues.ts';
import { assertLock } from './repo-lock.ts';
import { continueWith, waitForRequest, withRequests } from './requests.ts';
import { type ShownTask, showTask } from './show-task.ts';
import { onToolQueue } from './tool-queue.ts';

/** How far the task is. */
const progressQuery = defineQuery<ScanProgress>('progress');

type Outcome = 'done' | 'more';

const NOTHING_DONE: RepoTaskResult = {
  task_id: null,
  status: 'completed',
  total: 0,
  applied: 0,
  waiting: 0,
  blocked: 0,
  failed: 0,
  unchanged: 0,
};

/** What one run carries. */
interface RepoTask extends ShownTask {
  kind: SyncKind;
  taskId: string;
  input: RepoTaskInput;
  queue: RepoRequest[];
  begun: BegunTask;
  commit: string;
  cursor: number;
  unchanged: number;
  /** Once its plans are made. */
  stage: DecisionStage | null;
}

/** The engine of `syncRepo`, `reconcileRepo` and `rollbackRepo`. */
export async function repoTask(kind: SyncKind, input: RepoTaskInput): Promise<RepoTaskResult> {
  assertLock(kind, (input as RepoTaskInput | undefined)?.repo);
  const progress = newProgress();
  setHandler(progressQuery, () => progress);
  return await withRequests(input.repo, input.queue, async (queue) => {
    if (input.from_queue !== true) return await runTask(kind, input, queue, progress);
    const asked = await waitForRequest(input.repo, queue);
    if (asked === null) return NOTHING_DONE;
    const { kind: wanted, ...request } = asked;
    if (wanted !== kind) return await continueWith(input.repo, { kind: wanted, ...request }, queue);
    return await runTask(kind, { ...request, repo: input.repo }, queue, progress);
  });
}

function newProgress(): ScanProgress {
  const counts = { total: 0, started: 0, finished: 0, failed: 0, drifted: 0 };
  return { task_id: null, phase: 'starting', ...counts, applied: 0, waiting: 0, blocked: 0 };
}

async function runTask(
  kind: SyncKind,
  input: RepoTaskInput,
  queue: RepoRequest[],
  progress: ScanProgress,
): Promise<RepoTaskResult> {
  const task = await begin(kind, input, queue, progress);
  const { started_at: startedAt, task_max_age_ms: maxAgeMs } = task.begun;
  const outcome = await withinMaxAge({ taskId: task.taskId, startedAt, maxAgeMs }, () => work(task));
  if (outcome === 'more') return await continueAsNew(resumeInput(task));
  return await finish(task, outcome === 'done' ? null : outcome);
}

async function begin(
  kind: SyncKind,
  input: RepoTaskInput,
  queue: RepoRequest[],
  progress: ScanProgress,
): Promise<RepoTask> {
  const info = workflowInfo();
  const { resume } = input;
  const taskId = resume?.task_id ?? input.task_id ?? `${input.repo}:${info.startTime.getTime()}`;
  const begun = await CancellationScope.nonCancellable(() =>
    light.beginTask({
      task_id: taskId,
      repo: input.repo,
      kind,
      stack: input.stacks?.length === 1 ? input.stacks[0]! : null,
      environment: input.environment ?? null,
      trigger: input.trigger ?? 'manual',
      ...(input.first_trigger === undefined ? {} : { first_trigger: input.first_trigger }),
      actor: input.actor ?? '',
      ...(input.voucher === undefined ? {} : { voucher: input.voucher }),
      ...(input.joined === undefined ? {} : { joined: input.joined }),
      workflow_id: info.workflowId,
      run_id: info.firstExecutionRunId,
      started_at: resume?.started_at ?? info.startTime.toISOString(),
    }),
  );
  const { total, completed, failed, drifted } = begun.counts;
  Object.assign(progress, { task_id: taskId, total, failed, drifted });
  progress.started = progress.finished = completed + failed;
  const task = { kind, taskId, input, queue, begun, progress, unchanged: 0 };
  showTask({ ...task, repo: input.repo, policy: begun.policy }, 'running');
  return {
    ...task,
    repo: input.repo,
    policy: begun.policy,
    commit: resume?.commit ?? '',
    cursor: resume?.cursor ?? -1,
    stage: resume?.stage ?? null,
  };
}

async function work(task: RepoTask): Promise<Outcome> {
  if (!task.input.resume) await discover(task);
  if (task.stage === null && (await plan(task)) === 'more') return 'more';
  if (patched('decides-in-pages')) return await decidePaged(task);
  task.progress.phase = 'deciding';
  const decided = await decide(task);
  task.unchanged = decided.unchanged;
  if (task.input.dry_run === true) {
    count(task, decided);
    return 'done';
  }
  task.progress.phase = 'applying';
  await applyWindow({ ...task, request: requestOf(task) }, decided);
  return 'done';
}

async function decidePaged(task: RepoTask): Promise<Outcome> {
  const none = { after: -1, unchanged: 0, applied: 0, waiting: 0, blocked: 0, apply_failed: 0 };
  task.stage ??= { name: 'deciding', ...none };
  const { input, stage } = task;
  const decide: PagedTask['decide'] = (page) =>
    onTools(task, `Decide on the plans of ${task.repo}`, (tools) =>
      tools.decidePage({ ...decisionInput(task), ...page }),
    );
  const dryRun = input.dry_run === true;
  const outcome = await decideInPages({ ...task, request: requestOf(task), stage, dryRun, decide });
  task.unchanged = stage.unchanged;
  return outcome;
}

function decisionInput(task: RepoTask) {
  const { taskId, repo, commit, begun } = task;
  return { task_id: taskId, repo, commit, config_version: begun.config_version, request: requestOf(task) };
}

async function discover(task: RepoTask): Promise<void> {
  const { input, progress } = task;
  progress.phase = 'discovering';
  const commit = task.kind === 'rollback' ? await goBack(task) : (input.commit ?? null);
  const found = await onTools(task, `Find the stacks of ${input.repo}`, (tools) =>
    tools.discoverStacks({
      task_id: task.taskId,
      repo: input.repo,
      stack: null,
      commit,
      config_version: task.begun.config_version,
      stacks: input.stacks ?? null,
      environment: input.environment ?? null,
      ...(input.environments === undefined ? {} : { environments: input.environments }),
      as_synced: task.kind === 'reconcile' && input.commit === undefined,
    }),
  );
  task.commit = found.commit;
  progress.total = found.total;
}

/** The commit that restores an earlier one, or that is planned with a saved state. */
async function goBack(task: RepoTask): Promise<string> {
  const { to_commit, to_backup, stacks, environment, reason, actor, commit, dry_run = false } = task.input;
  const about = {
    task_id: task.taskId,
    repo: task.repo,
    config_version: task.begun.config_version,
    dry_run,
    request: requestOf(task),
  };
  if (to_backup !== undefined) {
    const input = { ...about, to_backup, stacks: stacks ?? [], commit: commit ?? null };
    const found = await onTools(task, `Look at ${to_backup}`, (tools) => tools.prepareRestore(input));
    return found.commit;
  }
  if (to_commit === undefined) {
    const why = 'The rollback was not begun: neither a commit nor a saved state to go back to was given.';
    throw ApplicationFailure.nonRetryable(why, 'rollback_refused');
  }
  const asked = { stacks: stacks ?? null, environment: environment ?? null };
  const input = { ...about, ...asked, to_commit, reason: reason ?? '', actor: actor ?? '' };
  const summary = `Go back to ${to_commit.slice(0, 12)}`;
  return (await onTools(task, summary, (tools) => tools.prepareRollback(input))).commit;
}

async function plan(task: RepoTask): Promise<Outcome> {
  task.progress.phase = 'planning';
  const window = {
    task_id: task.taskId,
    repo: task.repo,
    commit: task.commit,
    config_version: task.begun.config_version,
    policy: task.policy,
    to_backup: task.input.to_backup,
    cursor: task.cursor,
    progress: task.progress,
    showProgress: () => showTask(task, 'running'),
  };
  try {
    return await planWindow(window);
  } finally {
    task.cursor = window.cursor;
  }
}

async function decide(task: RepoTask): Promise<DecidedStacks> {
  return await onTools(task, `Decide on the plans of ${task.repo}`, (tools) =>
    tools.decideStacks(decisionInput(task)),
  );
}

async function onTools<T>(
  task: RepoTask,
  summary: string,
  call: Parameters<typeof onToolQueue<T>>[1],
): Promise<T> {
  const queue = toolQueue(workflowInfo().taskQueue);
  return await onToolQueue({ queue, policy: task.policy, jobId: null, summary }, call);
}

function requestOf({ kind, input }: RepoTask): TaskRequest {
  const { joined, commit, dry_run, auto_approve_safe, emergency } = input;
  const { trigger, first_trigger, agreed, actor, retry, to_backup } = input;
  const asked = { joined, commit, dry_run, auto_approve_safe, emergency, to_backup };
  return { kind, ...asked, trigger, first_trigger, agreed, actor, retry };
}

function count({ progress }: RepoTask, { stacks }: DecidedStacks): void {
  progress.waiting = stacks.filter(({ verdict }) => verdict === 'wait').length;
  progress.blocked = stacks.filter(({ verdict }) => verdict === 'blocked').length;
}

function resumeInput(task: RepoTask): RepoTaskInput {
  return {
    ...task.input,
    from_queue: false,
    queue: [...task.queue],
    resume: {
      task_id: task.taskId,
      commit: task.commit,
      config_version: task.begun.config_version,
      started_at: task.begun.started_at,
      cursor: task.cursor,
      ...(task.stage === null ? {} : { stage: task.stage }),
    },
  };
}

async function finish(task: RepoTask, early: EndedEarly | null): Promise<RepoTaskResult> {
  const { taskId, progress } = task;
  const { applied = 0, waiting = 0, blocked = 0, apply_failed: applyFailed = 0 } = progress;
  progress.phase = 'finishing';
  const failedApplies = { code: 'applies_failed', message: `${applyFailed} stacks could not be applied.` };
  const { status, counts } = await CancellationScope.nonCancellable(() =>
    light.finishTask({
      task_id: taskId,
      error: early?.failure ?? (applyFailed > 0 ? failedApplies : null),
      waiting: waiting > 0 && task.input.dry_run !== true,
      newest: task.kind !== 'rollback' && task.input.commit === undefined,
      dry_run: task.input.dry_run === true,
    }),
  );
  progress.phase = 'done';
  showTask(task, early?.failure.code === 'cancelled' ? 'cancelled' : status);
  if (early && isCancellation(early.error) && early.failure.code === 'cancelled') throw early.error;
  if (early) throw ApplicationFailure.nonRetryable(early.failure.message, early.failure.code);
  const failed = counts.failed + applyFailed;
  const { unchanged } = task;
  return { task_id: taskId, status, total: counts.total, applied, waiting, blocked, failed, unchanged };
}
