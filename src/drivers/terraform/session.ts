import { errorCode, PlumblineError } from '../../util/errors.ts';
import { exec, type ExecResult } from '../../util/exec.ts';
import { createRedactor } from '../../util/redact.ts';
import type { PlanContext, ResolvedTool } from '../driver.ts';

/** Everything that the steps of one plan share. */
export interface Session {
  context: PlanContext;
  tool: ResolvedTool;
  /** The stack's private folder. */
  cwd: string;
  env: Record<string, string>;
  redact: (text: string) => string;
  /** From now on `redact` hides this too. */
  addSecret: (secret: string) => void;
  /** `performance.now()` at which the plan's time is over. */
  deadlineMs: number;
  durationsMs: Record<string, number>;
  /**
   * Of a tool that passes an interrupt on to what it calls: how long it waits before (ms). While it changes something, it alone is
   * interrupted then: Terraform stops at a second interrupt at once, and saves no state. Left out: the tool calls nothing.
   */
  passesInterruptsMs?: number | undefined;
}

/** No program's output is read beyond this: a plan of this size can't be shown or stored either. */
const MAX_JSON_BYTES = 256 * 1024 * 1024;

/** Hides the secrets that the pipeline knows of, and what is added later. */
export function sessionRedaction(context: PlanContext): Pick<Session, 'redact' | 'addSecret'> {
  const own = createRedactor();
  return {
    redact: (text) => context.redact?.(own.redact(text)) ?? own.redact(text),
    addSecret: (secret) => own.add(secret),
  };
}

/** How one run of the tool differs from the others. */
export interface RunOptions {
  /** Shown to people, and the key of its duration. */
  step: string;
  /** Its output is data: not shown line by line, not redacted, and bounded generously. */
  data?: boolean;
  /** What is shown of a line of its output; undefined shows nothing. Without it, nothing at all is shown. */
  shown?: (line: string) => string | undefined;
  /** Another folder than the stack's. */
  cwd?: string;
  /** Its output goes into this file and not through a pipe, so that it can finish should this process die. */
  outputFile?: string;
}

/**
 * Runs the tool in the stack's private folder, whatever its exit code. Ends it at the plan's time limit.
 * @throws PlumblineError `tool_timeout`, `cancelled`, `tool_not_found`
 */
export async function runTool(
  session: Session,
  args: readonly string[],
  options: RunOptions,
): Promise<ExecResult> {
  const askedMs = performance.now();
  const run = async (): Promise<ExecResult> => {
    // Waiting for the others is no fault of this stack.
    session.deadlineMs += performance.now() - askedMs;
    return await runNow(session, args, options);
  };
  return await (session.context.inTurn?.(run) ?? run());
}

async function runNow(session: Session, args: readonly string[], options: RunOptions): Promise<ExecResult> {
  const { context, redact } = session;
  const left = Math.round(session.deadlineMs - performance.now());
  if (left <= 0) throw timedOut(session, options.step);
  const alone = options.outputFile !== undefined && session.passesInterruptsMs !== undefined;
  const onLine = (line: string) => {
    const shown = options.shown?.(line);
    if (shown !== undefined) context.onProgress({ step: options.step, line: shown });
  };
  try {
    const result = await exec(session.tool.path, args, {
      cwd: options.cwd ?? session.cwd,
      env: session.env,
      timeoutMs: left,
      graceMs: context.graceMs + (alone ? session.passesInterruptsMs! : 0),
      interrupts: alone ? 'program' : 'group',
      signal: context.signal,
      onProcess: context.onProcess,
      reject: false,
      stdoutFile: options.outputFile,
      ...(options.data === true ? { maxOutputBytes: MAX_JSON_BYTES } : { redact, onLine }),
    });
    session.durationsMs[options.step] = (session.durationsMs[options.step] ?? 0) + result.durationMs;
    return result;
  } catch (error) {
    throw translate(error, session, options.step);
  }
}

/** How long this plan waits for others that fill the plugin cache: a part of its time, so that enough is left. */
export function patienceMs(session: Session): number {
  return Math.max(0, session.deadlineMs - performance.now()) / 4;
}

/** The same session with a tool that keeps its providers to itself. */
export function withoutPluginCache(session: Session): Session {
  const { TF_PLUGIN_CACHE_DIR: _, ...env } = session.env;
  return { ...session, env };
}

/**
 * Runs work that may have to wait for a lock, for no longer than the plan has time.
 * @throws PlumblineError `tool_timeout`, `cancelled`, and what `work` throws
 */
export async function waitWithin<T>(
  session: Session,
  step: string,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const left = Math.max(0, Math.round(session.deadlineMs - performance.now()));
  const timeout = AbortSignal.timeout(left);
  const signal = AbortSignal.any([session.context.signal, timeout]);
  try {
    return await work(signal);
  } catch (error) {
    if (!signal.aborted || error instanceof PlumblineError) throw error;
    if (timeout.aborted) throw timedOut(session, step, error);
    throw new PlumblineError('cancelled', `Planning ${session.context.stack.key} was cancelled.`, {
      cause: error,
    });
  }
}

function translate(error: unknown, session: Session, step: string): unknown {
  const name = session.tool.name;
  switch (errorCode(error)) {
    case 'exec_timeout':
      return timedOut(session, step, error);
    case 'exec_cancelled':
      return new PlumblineError('cancelled', `${name} ${step} was cancelled.`, { cause: error });
    case 'exec_not_found':
      return new PlumblineError('tool_not_found', `${name} is not at ${session.tool.path} any more.`, {
        cause: error,
      });
    default:
      return error;
  }
}

function timedOut(session: Session, step: string, cause?: unknown): PlumblineError {
  const { timeoutMs, stack } = session.context;
  return new PlumblineError(
    'tool_timeout',
    `Working on ${stack.key} took longer than ${Math.round(timeoutMs / 1000)} s and was stopped during ${step}. Raise its time limit (scan.timeout for plans) if it needs longer.`,
    { cause, details: { step, timeoutMs } },
  );
}
