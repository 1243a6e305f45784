import { activityInfo } from '@temporalio/activity';
import type { PublishedSettings } from '../domain/settings.ts';
import type { Failure, Task } from '../domain/task.ts';
import { PlumblineError } from '../util/errors.ts';
import { asActivity } from './application-failure.ts';
import type { ActivityDeps } from './deps.ts';
import { failJob, settleJobs } from './fail-job.ts';
import { latestConfig, repoOf } from './pinned-config.ts';
import { settleApprovals } from './settle-approvals.ts';
import { environmentAsked, environmentOfTask, taskRecord } from './task-records.ts';
import type { BeginTaskInput, BegunTask, LightActivities } from './types.ts';
import { vouchersOf } from './vouched-request.ts';

/** Children that are started ahead of the workers, so that many workers find enough to do. */
const WINDOW = 100;
/** What a plan may take beyond its tool's own limit: building the tool, fetching, waiting for its turn, saving. */
const PLAN_SLACK_MS = 60 * 60_000;

type OtherSteps = Omit<LightActivities, keyof TaskSteps>;
type TaskSteps = Pick<
  LightActivities,
  | 'beginTask'
  | 'nextJobs'
  | 'finishTask'
  | 'requestCancel'
  | 'failJob'
  | 'settleJobs'
  | 'lookAtQueue'
  | 'triggerPolicy'
>;

/** The short steps of tasks, and others that are tried in the same way until the store answers. */
export function createTaskSteps(deps: ActivityDeps, others: OtherSteps): LightActivities {
  const { store, redactor } = deps;
  const plansMany = new Set(
    deps.drivers.filter((driver) => driver.planMany !== undefined).map(({ kind }) => kind),
  );
  const at = () => deps.now().toISOString();
  const step = <T>(work: () => Promise<T>): Promise<T> => asLightStep(deps, work);
  const wrapped = Object.fromEntries(
    Object.entries(others).map(([name, other]) => [
      name,
      (input: never) => step((): Promise<unknown> => (other as (given: never) => Promise<unknown>)(input)),
    ]),
  ) as unknown as OtherSteps;
  return {
    ...wrapped,
    beginTask: (input) => step(() => beginTask(deps, input)),
    nextJobs: ({ task_id, after, limit }) =>
      step(async () => {
        const jobs = await store.jobs.listByTask(task_id, {
          afterOrdinal: after,
          limit,
          unfinishedOnly: true,
        });
        return jobs.map((job) => ({
          job_id: job.id,
          key: job.stackKey,
          ordinal: job.ordinal,
          queue: job.queue,
          commit: job.commit,
          ...(plansMany.has(job.kind) ? { many: true } : {}),
        }));
      }),
    finishTask: (input) => step(() => finishTask(deps, input)),
    requestCancel: ({ task_id }) => step(() => store.tasks.requestCancel(task_id, at())),
    failJob: ({ job_id, error, to_backup }) =>
      step(() => {
        const keepStack = to_backup !== undefined;
        return failJob(deps, job_id, { ...error, message: redactor.redact(error.message) }, { keepStack });
      }),
    settleJobs: (input) => step(() => settleJobs(deps, input)),
    lookAtQueue: ({ queue, job_id }) =>
      step(async () => {
        const job = job_id === null ? undefined : await store.jobs.get(job_id);
        return { pollers: await deps.countPollers(queue), attempts: job?.attempts ?? 0 };
      }),
    triggerPolicy: ({ repo }) => step(() => triggerPolicy(deps, repo)),
  };
}

/** Short steps are tried until the store answers, except for what Plumbline itself refuses. */
function asLightStep<T>({ redactor, log }: ActivityDeps, work: () => Promise<T>): Promise<T> {
  return asActivity(redactor, { retry: true }, async () => {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof PlumblineError)) {
        log.warn(
          { err: error, step: activityInfo().activityType },
          'A step with the store failed; it is tried again',
        );
      }
      throw error;
    }
  });
}

async function triggerPolicy(
  { store, temporal }: ActivityDeps,
  repo: string,
): ReturnType<LightActivities['triggerPolicy']> {
  const { settings } = await latestConfig(store);
  const wanted = repoOf(settings, repo).cancelInflightOnNewTrigger;
  if (!wanted) return { cancel_inflight: false };
  const runId = await temporal.runOf(repo);
  // Asked after the run: a scan that something else has followed has ended here, so only a scan's run is ever named.
  const active = await store.tasks.active(repo);
  return active?.kind === 'scan' ? { cancel_inflight: true, run_id: runId } : { cancel_inflight: false };
}

async function beginTask(deps: ActivityDeps, input: BeginTaskInput): Promise<BegunTask> {
  const existing = await deps.store.tasks.get(input.task_id);
  if (existing && (existing.repo !== input.repo || existing.kind !== (input.kind ?? 'scan'))) {
    throw new PlumblineError(
      'task_ended',
      `The task ${input.task_id} is another one, a ${existing.kind} of ${existing.repo}.`,
    );
  }
  if (existing && existing.status !== 'queued') {
    return begun(deps, refuseEnded(existing), await pinnedSettings(deps, existing.configVersion));
  }
  const { version, settings } = await latestConfig(deps.store);
  repoOf(settings, input.repo);
  const kind = input.kind ?? 'scan';
  const environment = await environmentAsked(deps, settings, input);
  const vouchers = vouchersOf(deps, input);
  const task = await deps.store.tasks.begin(
    {
      id: input.task_id,
      repo: input.repo,
      kind,
      trigger: input.trigger,
      ...(input.first_trigger === undefined ? {} : { firstTrigger: input.first_trigger }),
      actor: input.actor,
      ...(vouchers === undefined ? {} : { vouchers }),
      stackKey: input.stack,
      configVersion: version,
      workflowId: input.workflow_id,
      runId: input.run_id,
      startedAt: input.started_at,
    },
    (started) => [taskRecord(deps, started, { action: 'task.started', result: 'ok', environment })],
  );
  return begun(deps, task, settings);
}

function refuseEnded(task: Task): Task {
  if (task.status === 'running') return task;
  throw new PlumblineError(
    'task_ended',
    `The task ${task.id} has already ended as ${task.status}. Start a new one instead of resetting its workflow.`,
  );
}

async function pinnedSettings(deps: ActivityDeps, version: number): Promise<PublishedSettings> {
  const settings = await deps.store.configs.get(version);
  if (settings) return settings;
  throw new PlumblineError('config_missing', `Version ${version} of the config is not in the store.`);
}

function begun(deps: ActivityDeps, task: Task, settings: PublishedSettings): BegunTask {
  const { worker, scan } = settings;
  return {
    config_version: task.configVersion,
    started_at: task.startedAt,
    task_max_age_ms: worker.taskMaxAgeMs,
    policy: {
      window: WINDOW,
      lock_ttl_ms: worker.lockTtlMs,
      // Its own time, and that of the plan whose place it waits for.
      plan_limit_ms: 2 * (scan.timeoutMs + scan.graceMs) + PLAN_SLACK_MS,
      no_worker_after_ms: deps.noWorkerAfterMs,
      search_attributes: deps.searchAttributes,
    },
    counts: task.counts,
  };
}

async function finishTask(
  deps: ActivityDeps,
  { task_id, error, waiting, newest, dry_run }: Parameters<LightActivities['finishTask']>[0],
): ReturnType<LightActivities['finishTask']> {
  const { store, metrics } = deps;
  const before = await store.tasks.get(task_id);
  if (!before) throw new PlumblineError('task_unknown', `The store knows no task ${task_id}.`);
  const reason = error ?? (await jobsFailed(deps, before));
  const ok = waiting === true ? 'awaiting_approval' : 'completed';
  const status = reason === null ? ok : 'failed';
  const safe = reason && { ...reason, message: deps.redactor.redact(reason.message) };
  if (newest === true) await store.syncs.seenInSync(task_id, deps.now().toISOString());
  const cancelled = error?.code === 'cancelled';
  await settleApprovals(deps, before, { newest: newest === true, dryRun: dry_run === true, cancelled });
  const environment = await environmentOfTask(deps, before);
  const task = await store.tasks.finish(
    task_id,
    { status, error: safe },
    deps.now().toISOString(),
    (ended) => {
      const result = status === 'failed' ? 'failed' : 'ok';
      const reason = safe?.message ?? status;
      return [taskRecord(deps, ended, { action: 'task.ended', result, reason, environment })];
    },
  );
  const counted = status === 'failed' ? status : 'completed';
  if (before.status === 'running') {
    const seconds = (deps.now().getTime() - Date.parse(task.startedAt)) / 1000;
    const { repo, kind } = task;
    metrics.taskEnded({ repo, status: counted, seconds });
    if (kind !== 'scan') metrics.syncEnded({ repo, environment, status, seconds });
  }
  const ended = task.status === 'queued' || task.status === 'running' ? counted : task.status;
  return { status: ended, counts: task.counts };
}

/** A stack that could be planned in part only counts as failed: what it says of the rest is not known. */
async function jobsFailed({ store }: ActivityDeps, { id, counts }: Task): Promise<Failure | null> {
  const { completed, errored, total } = counts;
  if (completed === total && errored === 0) return null;
  const jobs = await store.jobs.outlines([id]);
  const partly = jobs.filter((job) => job.status === 'completed' && job.outcome === 'errored').length;
  const failed = total - completed + partly;
  if (failed === 0) return null;
  const inPart = partly === 0 ? '' : `, ${partly} of them only in part`;
  return { code: 'jobs_failed', message: `${failed} of ${total} stacks could not be planned${inPart}.` };
}
