import { activityInfo } from '@temporalio/activity';
import { hasChanges } from '../domain/stack.ts';
import type { Job } from '../domain/task.ts';
import type { DriverPlan, PlanContext } from '../drivers/driver.ts';
import type { StoredContent } from '../store/store.ts';
import type { PlanStackInput, PlanStackResult } from '../workflows/inputs.ts';
import { PlumblineError } from '../util/errors.ts';
import { countPlan, standingDrift } from './count-plan.ts';
import type { ActivityDeps } from './deps.ts';
import { artifactSink, type SideBySide, stackOfJob } from './plan-context.ts';
import { judgedPlan, planOnce } from './plan-once.ts';
import { type StackFolders, stackFolders } from './stack-folders.ts';
import { toolActivity, type ToolShared, type ToolWork } from './tool-activity.ts';
import type { ToolActivities } from './types.ts';

/** The activity that plans one stack of a task and saves what was found. */
export function createPlanStack(deps: ActivityDeps, shared: ToolShared): ToolActivities['planStack'] {
  return (input) => {
    const { attempt, workflowExecution } = activityInfo();
    const attemptId = `${workflowExecution?.runId ?? 'local'}-${attempt}`;
    const folders = stackFolders(deps.dataDir, input.repo, input.key, attemptId);
    const about = {
      taskId: input.task_id,
      stackKey: input.key,
      configVersion: input.config_version,
      scratchDir: folders.scratchDir,
    };
    return toolActivity(deps, shared, about, (work) => planJob(deps, shared, { input, folders, work }));
  };
}

/** One job to plan. */
export interface JobToPlan {
  input: Pick<PlanStackInput, 'job_id' | 'repo' | 'key' | 'commit' | 'to_backup'>;
  folders: StackFolders;
  work: ToolWork;
  /** Left out where it is planned alone. */
  side?: SideBySide;
}

/** Plans a job and saves what was found; one that has a result already is only looked at. */
export async function planJob(
  deps: ActivityDeps,
  shared: Pick<ToolShared, 'slots'>,
  { input, folders, work, side }: JobToPlan,
): Promise<PlanStackResult> {
  const job = await deps.store.jobs.get(input.job_id);
  if (!job) throw new PlumblineError('stack_not_found', `The store knows no job ${input.job_id}.`);
  // An earlier attempt saved its result and was lost before it could say so.
  if (job.status === 'completed') return completed(job);
  if (job.status === 'failed') throw new PlumblineError('cancelled', `The job ${job.id} has already failed.`);
  const { stack, driver } = await stackOfJob(deps, job);
  const sink = artifactSink(deps);
  // A job that is only at hand has not begun: cancelled now, it says nothing about its stack.
  let begun: Promise<Date> | undefined;
  const begin = () => (begun ??= startJob(deps, job));
  const inTurn: NonNullable<PlanContext['inTurn']> = (tool) =>
    shared.slots.run(work.signal, async () => {
      await begin();
      return await tool();
    });
  try {
    // Beside others it is in turn already.
    if (side) await begin();
    const restores = input.to_backup;
    const run = { input, stack, driver, folders, sink, inTurn, side };
    const driverPlan = await planOnce(deps, run, work, restores);
    const startedAt = await begin();
    return await save(deps, { job, driverPlan, restores, contents: sink.contents, startedAt }, work);
  } catch (error) {
    // What was stored before the failure is this job's, too, and goes when the job goes.
    if (sink.contents.length > 0)
      await deps.store.artifacts.record(job.id, sink.contents, deps.now().toISOString());
    throw error;
  }
}

async function startJob({ store, metrics, worker, now }: ActivityDeps, job: Job): Promise<Date> {
  const startedAt = now();
  await store.jobs.start(job.id, worker, startedAt.toISOString());
  const queued = (startedAt.getTime() - Date.parse(job.createdAt)) / 1000;
  metrics.jobStarted({ repo: job.repo, queueSeconds: queued });
  return startedAt;
}

async function save(
  deps: ActivityDeps,
  found: {
    job: Job;
    driverPlan: DriverPlan;
    restores: string | undefined;
    contents: StoredContent[];
    startedAt: Date;
  },
  { config, signal, progress }: ToolWork,
): Promise<PlanStackResult> {
  // Once cancelled, a plan's result may be half of the truth: a tool that was interrupted can still exit with 0.
  signal.throwIfAborted();
  progress.step('Saving the result');
  const { job, driverPlan, contents, restores } = found;
  const plan = judgedPlan(deps, config, { job, driverPlan, restores });
  const at = deps.now().toISOString();
  const standing = plan.drift > 0 ? await standingDrift(deps, job) : new Set<string>();
  await deps.store.jobs.complete(job.id, { plan, contents, events: await progress.take() }, at);
  const outcome = plan.status;
  const seconds = (Date.parse(at) - found.startedAt.getTime()) / 1000;
  countPlan(deps, config, { job, plan, seconds, standing });
  return { status: 'completed', outcome, drifted: hasChanges(outcome), error_code: null };
}

function completed(job: Job): PlanStackResult {
  const outcome = job.outcome ?? 'unknown';
  return { status: 'completed', outcome, drifted: hasChanges(outcome), error_code: null };
}
