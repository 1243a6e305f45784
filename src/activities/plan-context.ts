import { rm } from 'node:fs/promises';
import { classifyPlan } from '../domain/severity/classify.ts';
import { planDigest } from '../domain/digest.ts';
import type { StackPlan } from '../domain/plan.ts';
import type { Stack } from '../domain/stack.ts';
import type { Job } from '../domain/task.ts';
import type { ArtifactSink, Driver, DriverPlan, PlanContext } from '../drivers/driver.ts';
import type { StoredContent } from '../store/store.ts';
import { PlumblineError } from '../util/errors.ts';
import type { ActivityDeps } from './deps.ts';
import { driverOptions } from './driver-options.ts';
import { type PinnedConfig, repoOf } from './pinned-config.ts';
import { createRecall } from './recall.ts';
import { resolveEnv } from './scan-env.ts';
import { makeFolders, type StackFolders } from './stack-folders.ts';
import type { ToolWork } from './tool-activity.ts';

/** One job's run of a driver. */
export interface DriverRun {
  input: { repo: string; key: string; commit: string; job_id: string };
  stack: Stack;
  driver: Driver;
  folders: StackFolders;
  sink: Sink;
  inTurn: NonNullable<PlanContext['inTurn']>;
  /** Of a stack that is planned beside others. */
  side?: SideBySide | undefined;
}

/** What stacks that are planned side by side share. */
export interface SideBySide {
  plan(driver: Driver, context: PlanContext): Promise<DriverPlan>;
  options(driver: Driver): unknown;
  /** A commit's work tree, in use as long as the stacks are planned. */
  tree(commit: string): Promise<{ path: string }>;
}

/** The stack of a job, and the driver that knows its kind. @throws PlumblineError `stack_not_found` */
export async function stackOfJob(
  { store, drivers }: Pick<ActivityDeps, 'store' | 'drivers'>,
  job: Pick<Job, 'repo' | 'stackKey' | 'commit'>,
): Promise<{ stack: Stack; driver: Driver }> {
  const stack = await store.stacks.get(job.repo, job.stackKey);
  const driver = drivers.find(({ kind }) => kind === stack?.kind);
  if (stack && driver) return { stack, driver };
  throw new PlumblineError(
    'stack_not_found',
    `No driver finds a stack at "${job.stackKey}" in commit ${job.commit.slice(0, 12)}. Correct "stacks:" of the repo, or leave it out to have them discovered.`,
  );
}

/** Runs the work in the stack's folders, with the commit's work tree and the environment of the config. */
export async function inStackContext<T>(
  deps: ActivityDeps,
  run: DriverRun,
  work: ToolWork,
  use: (context: PlanContext) => Promise<T>,
): Promise<T> {
  const { config, signal, progress } = work;
  const call = { signal, onProgress: (message: string) => progress.step(message) };
  const env = resolveEnv(config.settings.scan.env, deps.secrets, deps.redactor);
  await makeFolders(run.folders);
  const repo = repoOf(config.settings, run.input.repo);
  const own = run.side ? undefined : await config.git.checkout(repo, run.input.commit, call);
  try {
    const tree = own ?? (await run.side!.tree(run.input.commit));
    return await use(planContext(deps, run, work, { workTree: tree.path, env }));
  } finally {
    await own?.release();
    await rm(run.folders.scratchDir, { recursive: true, force: true });
  }
}

/** All that a driver is given for planning one stack. */
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
    options: run.side?.options(driver) ?? driverOptions(driver, config),
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
export interface Sink {
  put: ArtifactSink;
  contents: StoredContent[];
}

/** Keeps content for a driver. Whose content it is, is noted with the job's result: retention must know what is still referred to. */
export function artifactSink({ artifacts }: ActivityDeps): Sink {
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

/** A driver's plan with severity, ignore rules, status and digest. */
export function stackPlan(
  deps: Pick<ActivityDeps, 'now' | 'digestKey'>,
  config: Pick<PinnedConfig, 'settings'>,
  job: Pick<Job, 'repo' | 'stackKey'>,
  found: DriverPlan,
): StackPlan {
  const { severity, ignore } = config.settings;
  const rules = { severity, ignore, repo: job.repo, stackKey: job.stackKey, now: deps.now() };
  const { identity, changes: _raw, ...rest } = found;
  return { ...rest, ...classifyPlan(found, rules), digest: planDigest(deps.digestKey, identity) };
}
