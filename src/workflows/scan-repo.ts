import {
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  condition,
  continueAsNew,
  defineQuery,
  isCancellation,
  patched,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { BegunTask } from '../activities/types.ts';
import type { RepoRequest, ScanProgress, ScanRepoInput, ScanRepoResult } from './inputs.ts';
import { light } from './light.ts';
import { type EndedEarly, withinMaxAge } from './max-age.ts';
import { planWindow } from './plan-window.ts';
import { toolQueue } from './queues.ts';
import { assertLock } from './repo-lock.ts';
import { continueWith, waitForRequest, withRequests } from './requests.ts';
import { driftedAttribute, kindAttribute, repoAttribute, statusAttribute } from './search-attributes.ts';
import { onToolQueue } from './tool-queue.ts';

/** How far a scan is. */
const progressQuery = defineQuery<ScanProgress>('progress');

/** What one run of the workflow carries. */
interface Scan {
  taskId: string;
  input: ScanRepoInput;
  begun: BegunTask;
  commit: string;
  cursor: number;
  progress: ScanProgress;
}

/**
 * Scans a repo: finds its stacks at a commit and plans each of them. Changes nothing outside Plumbline's store.
 * Its workflow ID `repo/<name>` is the repo's lock: under any other ID it fails at once. Results are in the
 * store; a task whose jobs failed is a result with status `failed`. Cancelled, it ends its children first. Where an
 * environment is kept without people, the repair or the sync that follows from it is the workflow's next run.
 * @throws ApplicationFailure `wrong_workflow_id`, `repo_unknown`, `config_missing`, `task_ended`, `task_too_old`, or why no stack was found
 */
export async function scanRepo(input: ScanRepoInput): Promise<ScanRepoResult> {
  const repo = (input as ScanRepoInput | undefined)?.repo;
  assertLock('scan', repo);
  return await withRequests(input.repo, input.queue, async (queue) => {
    if (input.from_queue !== true) return await scanOnce(input, queue);
    const asked = await waitForRequest(input.repo, queue);
    if (asked === null) return NOTHING_SCANNED;
    if (asked.kind !== 'scan') return await continueWith(input.repo, asked, queue);
    const { kind: _, ...wanted } = asked;
    return await scanOnce({ ...wanted, repo: input.repo }, queue);
  });
}

const NOTHING_SCANNED: ScanRepoResult = {
  task_id: null,
  status: 'completed',
  total: 0,
  completed: 0,
  failed: 0,
  drifted: 0,
};

async function scanOnce(input: ScanRepoInput, queue: RepoRequest[]): Promise<ScanRepoResult> {
  const progress = newProgress();
  setHandler(progressQuery, () => progress);
  const scan = await begin(input, progress);
  const { started_at: startedAt, task_max_age_ms: maxAgeMs } = scan.begun;
  const outcome = await withinMaxAge({ taskId: scan.taskId, startedAt, maxAgeMs }, () =>
    discoverAndPlan(scan),
  );
  if (outcome === 'more') {
    return await continueAsNew<typeof scanRepo>({ ...resumeInput(scan), queue: [...queue] });
  }
  const result = await finish(scan, outcome);
  await askForAutomation(scan, queue);
  return result;
}

/**
 * Puts what the environments' policies want without a person's word into the repo's own queue, where it can't be lost. A scan
 * of a certain commit, or of a pull request, is only a look.
 */
async function askForAutomation({ taskId, input }: Scan, queue: RepoRequest[]): Promise<void> {
  if (input.commit !== undefined || input.trigger === 'pull_request' || !patched('automation')) return;
  const { requests } = await light.automate({ task_id: taskId });
  queue.push(...requests);
}

/** The one stack that is looked at; null: several are. */
function stackOf({ stack, stacks }: ScanRepoInput): string | null {
  return stack ?? (stacks?.length === 1 ? stacks[0]! : null);
}

function newProgress(): ScanProgress {
  return { task_id: null, phase: 'starting', total: 0, started: 0, finished: 0, failed: 0, drifted: 0 };
}

async function begin(input: ScanRepoInput, progress: ScanProgress): Promise<Scan> {
  const info = workflowInfo();
  const taskId = input.resume?.task_id ?? input.task_id ?? `${input.repo}:${info.startTime.getTime()}`;
  // The task must exist before a cancel can be written down, so a cancel waits for this one step.
  const begun = await CancellationScope.nonCancellable(() =>
    light.beginTask({
      task_id: taskId,
      repo: input.repo,
      stack: stackOf(input),
      trigger: input.trigger ?? 'manual',
      actor: input.actor ?? '',
      workflow_id: info.workflowId,
      run_id: info.firstExecutionRunId,
      started_at: input.resume?.started_at ?? info.startTime.toISOString(),
    }),
  );
  progress.task_id = taskId;
  const ended = begun.counts.completed + begun.counts.failed;
  progress.total = begun.counts.total;
  progress.started = ended;
  progress.finished = ended;
  progress.failed = begun.counts.failed;
  progress.drifted = begun.counts.drifted;
  const { resume } = input;
  show(begun, input, 'running', progress);
  return { taskId, input, begun, commit: resume?.commit ?? '', cursor: resume?.cursor ?? -1, progress };
}

async function discoverAndPlan(scan: Scan): Promise<'done' | 'more'> {
  const { taskId, input, begun, progress } = scan;
  const { policy, config_version } = begun;
  if (!input.resume) {
    progress.phase = 'discovering';
    const queue = toolQueue(workflowInfo().taskQueue);
    const options = { queue, policy, jobId: null, summary: `Find the stacks of ${input.repo}` };
    const found = await onToolQueue(options, (tools) =>
      tools.discoverStacks({
        task_id: taskId,
        repo: input.repo,
        stack: input.stack ?? null,
        commit: input.commit ?? null,
        config_version,
        ...(input.stacks === undefined ? {} : { stacks: input.stacks }),
      }),
    );
    scan.commit = found.commit;
    progress.total = found.total;
  }
  progress.phase = 'planning';
  const window = {
    task_id: taskId,
    repo: input.repo,
    commit: scan.commit,
    config_version,
    policy,
    cursor: scan.cursor,
    progress,
    showProgress: () => showDetails(input, 'running', progress),
  };
  try {
    const outcome = await planWindow(window);
    if (outcome === 'more') await condition(allHandlersFinished);
    return outcome;
  } finally {
    scan.cursor = window.cursor;
  }
}

function resumeInput(scan: Scan): ScanRepoInput {
  return {
    ...scan.input,
    resume: {
      task_id: scan.taskId,
      commit: scan.commit,
      config_version: scan.begun.config_version,
      started_at: scan.begun.started_at,
      cursor: scan.cursor,
    },
  };
}

async function finish(scan: Scan, outcome: 'done' | EndedEarly): Promise<ScanRepoResult> {
  const { taskId, progress, input, begun } = scan;
  progress.phase = 'finishing';
  const early = outcome === 'done' ? null : outcome;
  const { status, counts } = await CancellationScope.nonCancellable(() =>
    light.finishTask({
      task_id: taskId,
      error: early?.failure ?? null,
      newest: input.commit === undefined,
    }),
  );
  progress.phase = 'done';
  show(begun, input, early?.failure.code === 'cancelled' ? 'cancelled' : status, progress);
  if (early && isCancellation(early.error) && early.failure.code === 'cancelled') throw early.error;
  if (early) throw ApplicationFailure.nonRetryable(early.failure.message, early.failure.code);
  const { total, completed, failed, drifted } = counts;
  return {
    task_id: taskId,
    status: status === 'failed' ? 'failed' : 'completed',
    total,
    completed,
    failed,
    drifted,
  };
}

/** What the Temporal Web UI shows of the task beside its history, and can filter by. */
function show(begun: BegunTask, input: ScanRepoInput, status: string, progress: ScanProgress): void {
  showDetails(input, status, progress);
  if (!begun.policy.search_attributes) return;
  upsertSearchAttributes([
    { key: repoAttribute, value: input.repo },
    { key: kindAttribute, value: 'scan' },
    { key: statusAttribute, value: status },
    { key: driftedAttribute, value: progress.drifted },
  ]);
}

function showDetails(input: ScanRepoInput, status: string, progress: ScanProgress): void {
  const stack = stackOf(input);
  const what = stack === null ? input.repo : `${stack} of ${input.repo}`;
  setCurrentDetails(
    `Scan of **${what}**: ${status}\n\n- task: ${progress.task_id}\n- stacks planned: ${progress.finished} of ${progress.total}` +
      `\n- with changes: ${progress.drifted}\n- failed: ${progress.failed}`,
  );
}
