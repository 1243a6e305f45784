import { activityInfo } from '@temporalio/activity';
import { classifyPlan } from '../domain/classify.ts';
import { planDigest } from '../domain/digest.ts';
import type { StackPlan } from '../domain/plan.ts';
import type { Stack } from '../domain/stack.ts';
import type { Job } from '../domain/task.ts';
import type { ArtifactSink, Driver, DriverPlan, PlanContext } from '../drivers/driver.ts';
import type { StoredContent } from '../store/store.ts';
import type { PlanStackInput, PlanStackResult } from '../workflows/inputs.ts';
import { PlumblineError } from '../util/errors.ts';
import { withFileLock } from '../util/file-lock.ts';
import type { ActivityDeps } from './deps.ts';
import { driverOptions } from './discover-stacks.ts';
import { type PinnedConfig, repoOf } from './pinned-config.ts';
import { createRecall } from './recall.ts';
import { resolveEnv } from './scan-env.ts';
import { makeFolders, type StackFolders, stackFolders } from './stack-folders.ts';
import { toolActivity, type ToolShared, type ToolWork } from './tool-activity.ts';
import type { ToolActivities } from './types.ts';
import { rm } from 'node:fs/promises';

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

async function planJob(
  deps: ActivityDeps,
  shared: ToolShared,
  { input, folders, work }: { input: PlanStackInput; folders: StackFolders; work: ToolWork },
): Promise<PlanStackResult> {
  const job = await deps.store.jobs.get(input.job_id);
  if (!job) throw new PlumblineError('stack_not_found', `The store knows no job ${input.job_id}.`);
  // An earlier attempt saved its result and was lost before it could say so.
  if (job.status === 'completed') return completed(job);
  if (job.status === 'failed') throw new PlumblineError('cancelled', `The job ${job.id} has already failed.`);
  const startedAt = deps.now();
  await deps.store.jobs.start(job.id, deps.worker, startedAt.toISOString());
  const queued = (startedAt.getTime() - Date.parse(job.createdAt)) / 1000;
  deps.metrics.jobStarted({ repo: job.repo, queueSeconds: queued });
  const stack = await deps.store.stacks.get(job.repo, job.stackKey);
  const driver = deps.drivers.find(({ kind }) => kind === stack?.kind);
  if (!stack || !driver) throw unknownStack(input);
  const sink = artifactSink(deps);
  const inTurn: PlanContext['inTurn'] = (tool) => shared.slots.run(work.signal, tool);
  try {
    const driverPlan = await withFileLock(
      folders.lockPath,
      () => runDriver(deps, { input, stack, driver, folders, sink, inTurn }, work),
      { signal: work.signal, onWait: () => work.progress.step('Waiting for another plan of this stack') },
    );
    return await save(deps, { job, driverPlan, contents: sink.contents, startedAt }, work);
  } catch (error) {
    // What was stored before the failure is this job's, too, and goes when the job goes.
    if (sink.contents.length > 0)
      await deps.store.artifacts.record(job.id, sink.contents, deps.now().toISOString());
    throw error;
  }
}

function unknownStack({ key, commit }: PlanStackInput): PlumblineError {
  return new PlumblineError(
    'stack_not_found',
    `No driver finds a stack at "${key}" in commit ${commit.slice(0, 12)}. Correct "stacks:" of the repo, or leave it out to have them discovered.`,
  );
}

interface DriverRun {
  input: PlanStackInput;
  stack: Stack;
  driver: Driver;
  folders: StackFolders;
  sink: Sink;
  inTurn: NonNullable<PlanContext['inTurn']>;
}

async function runDriver(deps: ActivityDeps, run: DriverRun, work: ToolWork): Promise<DriverPlan> {
  const { config, signal, progress } = work;
  const call = { signal, onProgress: (message: string) => progress.step(message) };
  const env = resolveEnv(config.settings.scan.env, deps.secrets, deps.redactor);
  await makeFolders(run.folders);
  const repo = repoOf(config.settings, run.input.repo);
  const tree = await config.git.checkout(repo, run.input.commit, call);
  try {
    return await run.driver.plan(planContext(deps, run, work, { workTree: tree.path, env }));
  } finally {
    await tree.release();
    await rm(run.folders.scratchDir, { recursive: true, force: true });
  }
}

function planContext(
  deps: ActivityDeps,
  run: DriverRun,
  { config, signal, progress, record }: ToolWork,
  made: { workTree: string; env: Record<string, string> },
): PlanContext {
  const { input, stack, driver, folders } = run;
  const { scan } = config.settings;
  return {
    repo: input.repo,
    stack,
    commit: input.commit,
    workTree: made.workTree,
    dataDir: folders.dataDir,
    cacheDir: deps.cacheDir,
    scratchDir: folders.scratchDir,
    options: driverOptions(driver, config),
    baseEnv: deps.toolEnv,
    redact: (text) => deps.redactor.redact(text),
    env: made.env,
    varFiles: scan.varFiles,
    timeoutMs: scan.timeoutMs,
    graceMs: scan.graceMs,
    tools: config.tools,
    artifacts: run.sink.put,
    recall: createRecall(deps, folders.dataDir),
    log: deps.log.child({ repo: input.repo, stack: input.key, job: input.job_id }),
    signal,
    onProgress: ({ step, line }) => {
      progress.step(step);
      if (line !== undefined) progress.line(line);
    },
    inTurn: run.inTurn,
    onProcess: (event) => record.process(event),
  };
}

/** Where a driver puts content, and what it has put there. */
interface Sink {
  put: ArtifactSink;
  contents: StoredContent[];
}

/** Whose content it is, is noted with the job's result: retention must know what is still referred to. */
function artifactSink({ artifacts }: ActivityDeps): Sink {
  const contents: StoredContent[] = [];
  return {
    contents,
    put: async (kind, content) => {
      const stored = await artifacts.put(kind, content);
      contents.push(stored);
      const { keyId: _, ...ref } = stored;
      return ref;
    },
  };
}

async function save(
  deps: ActivityDeps,
  found: { job: Job; driverPlan: DriverPlan; contents: StoredContent[]; startedAt: Date },
  { config, signal, progress }: ToolWork,
): Promise<PlanStackResult> {
  // Once cancelled, a plan's result may be half of the truth: a tool that was interrupted can still exit with 0.
  signal.throwIfAborted();
  progress.step('Saving the result');
  const { job, driverPlan, contents } = found;
  const plan = stackPlan(deps, config, job, driverPlan);
  const at = deps.now().toISOString();
  await deps.store.jobs.complete(job.id, { plan, contents, events: await progress.take() }, at);
  const outcome = plan.status;
  countPlan(deps, job, plan, (Date.parse(at) - found.startedAt.getTime()) / 1000);
  return { status: 'completed', outcome, drifted: outcome !== 'in_sync', error_code: null };
}

function stackPlan(deps: ActivityDeps, config: PinnedConfig, job: Job, found: DriverPlan): StackPlan {
  const { severity, ignore } = config.settings;
  const rules = { severity, ignore, repo: job.repo, stackKey: job.stackKey, now: deps.now() };
  const { identity, changes: _raw, ...rest } = found;
  return { ...rest, ...classifyPlan(found, rules), digest: planDigest(deps.digestKey, identity) };
}

function countPlan({ metrics }: ActivityDeps, job: Job, plan: StackPlan, seconds: number): void {
  const { repo, kind } = job;
  metrics.jobEnded({ repo, kind, status: 'completed', outcome: plan.status, seconds });
  if (plan.drift > 0) {
    metrics.driftDetected({ repo, severity: plan.severity ?? 'low', changes: plan.drift });
  }
  metrics.cache({ cache: 'init', hit: !('init' in plan.durationsMs) });
}

function completed(job: Job): PlanStackResult {
  const outcome = job.outcome ?? 'unknown';
  return { status: 'completed', outcome, drifted: outcome !== 'in_sync', error_code: null };
}
