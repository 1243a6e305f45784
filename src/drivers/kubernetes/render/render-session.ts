import { baseEnv } from '../../../util/exec-env.ts';
import { errorCode, PlumblineError } from '../../../util/errors.ts';
import { exec, type ExecResult } from '../../../util/exec.ts';
import { createRedactor } from '../../../util/redact.ts';
import type { PlanContext, ResolvedTool } from '../../driver.ts';

/** What rendering needs of a plan's context. */
export type RenderContext = Pick<
  PlanContext,
  | 'stack'
  | 'workTree'
  | 'scratchDir'
  | 'cacheDir'
  | 'baseEnv'
  | 'env'
  | 'redact'
  | 'timeoutMs'
  | 'graceMs'
  | 'tools'
  | 'signal'
  | 'onProgress'
  | 'inTurn'
  | 'onProcess'
>;

/** Everything that the steps of one rendering share. */
export interface RenderSession {
  context: RenderContext;
  /** `performance.now()` at which its time is over. */
  deadlineMs: number;
  /** Programs that have taken part, by name. */
  used: Map<string, ResolvedTool>;
  /** Hides the secrets that the pipeline knows of, and those that were decrypted since. */
  redact: (text: string) => string;
  /** From now on `redact` hides this too. */
  addSecret: (secret: string) => void;
}

/** How a program is run. */
export interface ProgramRun {
  tool: ResolvedTool;
  args: readonly string[];
  /** Shown to people. */
  step: string;
  /** The whole environment. */
  env: Readonly<Record<string, string>>;
  input?: string;
}

/** No API server would take more. */
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/** A session whose time begins now. */
export function openRenderSession(context: RenderContext): RenderSession {
  const own = createRedactor();
  return {
    context,
    deadlineMs: performance.now() + context.timeoutMs,
    used: new Map(),
    redact: (text) => context.redact?.(own.redact(text)) ?? own.redact(text),
    addSecret: own.add,
  };
}

/** Finds a program and notes that it takes part. @throws PlumblineError `tool_not_found` */
export async function takeTool(session: RenderSession, name: string): Promise<ResolvedTool> {
  const { context } = session;
  const tool = await context.tools(name, undefined, {
    signal: context.signal,
    onProgress: (line) => context.onProgress({ step: name, line }),
  });
  session.used.set(tool.name, tool);
  return tool;
}

/** What renderers get: paths and language, no credential, and nothing of this account's own settings. */
export function quietEnv({
  context,
}: {
  context: Pick<RenderContext, 'baseEnv' | 'scratchDir'>;
}): Record<string, string> {
  const { PATH, LANG, LC_ALL, TMPDIR } = baseEnv(context.baseEnv);
  const kept = Object.entries({ PATH, LANG, LC_ALL, TMPDIR }).filter((entry) => entry[1] !== undefined);
  return { ...(Object.fromEntries(kept) as Record<string, string>), HOME: context.scratchDir };
}

/**
 * Runs a program in the work tree, when it is its turn, whatever its exit code. What it prints is data.
 * @throws PlumblineError `tool_timeout`, `cancelled`, `tool_not_found`, `config_invalid` (it prints too much)
 */
export async function runProgram(session: RenderSession, run: ProgramRun): Promise<ExecResult> {
  const askedMs = performance.now();
  const work = async () => {
    // Waiting for the others is no fault of this stack.
    session.deadlineMs += performance.now() - askedMs;
    return await runNow(session, run);
  };
  return await (session.context.inTurn?.(work) ?? work());
}

async function runNow(session: RenderSession, run: ProgramRun): Promise<ExecResult> {
  const { context } = session;
  const left = Math.round(session.deadlineMs - performance.now());
  if (left <= 0) throw timedOut(session, run);
  context.onProgress({ step: run.step });
  try {
    const result = await exec(run.tool.path, run.args, {
      cwd: context.workTree,
      env: run.env,
      timeoutMs: left,
      graceMs: context.graceMs,
      signal: context.signal,
      onProcess: context.onProcess,
      reject: false,
      maxOutputBytes: MAX_OUTPUT_BYTES,
      input: run.input,
    });
    if (!result.truncated) return result;
  } catch (error) {
    throw translate(error, session, run);
  }
  throw new PlumblineError(
    'config_invalid',
    `${run.tool.name} makes more than ${MAX_OUTPUT_BYTES} bytes of ${context.stack.path}. Split the stack.`,
  );
}

function translate(error: unknown, session: RenderSession, run: ProgramRun): unknown {
  const { name, path } = run.tool;
  switch (errorCode(error)) {
    case 'exec_timeout':
      return timedOut(session, run, error);
    case 'exec_cancelled':
      return new PlumblineError('cancelled', `${name} of ${session.context.stack.key} was cancelled.`, {
        cause: error,
      });
    case 'exec_not_found':
      return new PlumblineError('tool_not_found', `${name} is not at ${path} any more.`, { cause: error });
    default:
      return error;
  }
}

function timedOut(session: RenderSession, run: ProgramRun, cause?: unknown): PlumblineError {
  const { timeoutMs, stack } = session.context;
  return new PlumblineError(
    'tool_timeout',
    `Working on ${stack.key} took longer than ${Math.round(timeoutMs / 1000)} s and was stopped during ${run.step}. Raise its time limit (scan.timeout for plans) if it needs longer.`,
    { cause, details: { step: run.step, timeoutMs } },
  );
}
