import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { basename } from 'node:path';
import { execa } from 'execa';
import { PlumblineError } from './errors.ts';
import { signalGroup, signalProcess, waitForGroupEnd } from './process-group.ts';
import { openStreams, type ExecStreams } from './process-streams.ts';

const DEFAULT_GRACE_MS = 10_000;
const DEFAULT_MAX_OUTPUT_BYTES = 8 * 1024 * 1024;
/** What a process that ended by itself leaves its children to end, before they are ended. */
const LEFTOVER_MS = 250;
const KILL_AGAIN_MS = 100;
const STDERR_TAIL = 4000;

export interface ExecOptions {
  cwd: string;
  /** The whole environment: nothing is added to it. */
  env: Readonly<Record<string, string>>;
  /** undefined: no limit. */
  timeoutMs?: number | undefined;
  /** Between SIGINT and SIGKILL; 10 s when not given. */
  graceMs?: number | undefined;
  /** Who gets the SIGINT: by default every process of the group, else the program alone, which passes it on. */
  interrupts?: 'group' | 'program' | undefined;
  signal?: AbortSignal | undefined;
  /**
   * stdout goes straight into this file (as it is, not redacted), stderr into `<stdoutFile>.stderr`, without a pipe:
   * the program can finish its work and say so when this process has died.
   */
  stdoutFile?: string | undefined;
  /** Gets each line (redacted) as it comes. Must not throw. */
  onLine?: ((line: string, stream: 'stdout' | 'stderr') => void) | undefined;
  /** Of each stream; what is beyond is cut out of the middle. 8 MiB when not given. */
  maxOutputBytes?: number | undefined;
  redact?: ((text: string) => string) | undefined;
  onProcess?: ((event: { pgid: number; state: 'started' | 'ended' }) => void) | undefined;
  /** Written to stdin, which is closed otherwise. */
  input?: string | Uint8Array | undefined;
  /** false: an exit code other than 0 is a result, not an error. */
  reject?: boolean | undefined;
}

export interface ExecResult {
  /** 128 + the signal's number when a signal ended the program. */
  exitCode: number;
  stdout: string;
  stderr: string;
  /** Whether a stream was longer than `maxOutputBytes`. */
  truncated: boolean;
  durationMs: number;
}

type StopReason = 'timeout' | 'cancelled' | 'leftover';

/**
 * Runs a program without a shell, in a process group of its own. When this returns or throws, no process of that
 * group runs any more, whatever it had started.
 *
 * @throws PlumblineError `exec_not_found` (no such program, or it can't be executed), `exec_timeout`, `exec_cancelled`,
 *   `exec_failed` (exit code other than 0; details: `exitCode`, `stderr` (its end, redacted))
 */
export async function exec(file: string, args: readonly string[], options: ExecOptions): Promise<ExecResult> {
  const name = describeCommand(file, args, options);
  if (isCancelled(options)) throw cancelled(name, '');
  const startedAt = performance.now();
  const streams = await openStreams({
    stdoutFile: options.stdoutFile,
    maxBytes: options.maxOutputBytes ?? DEFAULT_MAX_OUTPUT_BYTES,
    redact: options.redact,
    onLine: options.onLine,
  });
  if (isCancelled(options)) {
    await streams.end();
    throw cancelled(name, '');
  }
  const child = start(file, args, options, streams.stdio);

  const pgid = child.process.pid;
  if (pgid === undefined) {
    await streams.end();
    throw notStarted(file, name, options, await child.failure);
  }
  streams.attach(child.process.stdout, child.process.stderr);
  const exited = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.process.once('exit', (code, signal) => resolve({ code, signal }));
  });
  options.onProcess?.({ pgid, state: 'started' });
  const stopped = await superviseGroup(pgid, exited, options);
  options.onProcess?.({ pgid, state: 'ended' });
  return report(name, stopped, await exited, await streams.end(), startedAt, options);
}

function isCancelled({ signal }: ExecOptions): boolean {
  return signal?.aborted === true;
}

/** `failure` gives the cause when the program could not be started. */
function start(
  file: string,
  args: readonly string[],
  options: ExecOptions,
  [stdout, stderr]: ExecStreams['stdio'],
): { process: ChildProcess; failure: Promise<unknown> } {
  const result = execa(file, [...args], {
    cwd: options.cwd,
    env: { ...options.env },
    extendEnv: false,
    detached: true,
    cleanup: false,
    buffer: false,
    reject: false,
    encoding: 'buffer',
    ...(options.input === undefined ? { stdin: 'ignore' as const } : { input: options.input }),
    stdout,
    stderr,
  });
  return { process: result.nodeChildProcess, failure: result.then((ended) => ended.cause) };
}

/** Waits for the program and its group; stops both on timeout and cancellation. Says why it had to, if it had to. */
async function superviseGroup(
  pgid: number,
  exited: Promise<unknown>,
  options: ExecOptions,
): Promise<StopReason | null> {
  let reason: StopReason | null = null;
  let killTimer: NodeJS.Timeout | undefined;
  const kill = () => {
    signalGroup(pgid, 'SIGKILL');
    // Again, since a process may fork between the signal and its end.
    killTimer = setTimeout(kill, KILL_AGAIN_MS);
  };
  const stop = (why: StopReason) => {
    if (reason !== null) return;
    reason = why;
    if (options.interrupts === 'program' && why !== 'leftover') signalProcess(pgid, 'SIGINT');
    else signalGroup(pgid, 'SIGINT');
    killTimer = setTimeout(kill, options.graceMs ?? DEFAULT_GRACE_MS);
  };
  const onAbort = () => stop('cancelled');
  options.signal?.addEventListener('abort', onAbort, { once: true });
  // An abort that came before is told to nobody.
  if (isCancelled(options)) onAbort();
  const timer =
    options.timeoutMs === undefined ? undefined : setTimeout(() => stop('timeout'), options.timeoutMs);
  try {
    await exited;
    if (!(await waitForGroupEnd(pgid, LEFTOVER_MS))) {
      stop('leftover');
      // A shell's background jobs ignore SIGINT, and with their leader gone nobody else will end them.
      signalGroup(pgid, 'SIGTERM');
      await waitForGroupEnd(pgid, Number.POSITIVE_INFINITY);
    }
    return reason;
  } finally {
    clearTimeout(timer);
    clearTimeout(killTimer);
    options.signal?.removeEventListener('abort', onAbort);
  }
}

function report(
  name: string,
  stopped: StopReason | null,
  exit: { code: number | null; signal: NodeJS.Signals | null },
  output: Awaited<ReturnType<ExecStreams['end']>>,
  startedAt: number,
  options: ExecOptions,
): ExecResult {
  const durationMs = Math.round(performance.now() - startedAt);
  const stderr = output.stderr.text.trimEnd().slice(-STDERR_TAIL);
  if (stopped === 'cancelled') throw cancelled(name, stderr);
  if (stopped === 'timeout') {
    throw new PlumblineError(
      'exec_timeout',
      `${name} was stopped after ${options.timeoutMs} ms, its time limit.`,
      {
        details: { timeoutMs: options.timeoutMs, stderr },
      },
    );
  }
  const exitCode = exit.code ?? 128 + signalNumber(exit.signal);
  if (exitCode !== 0 && options.reject !== false) {
    const how = exit.signal === null ? `failed with exit code ${exitCode}` : `was ended by ${exit.signal}`;
    throw new PlumblineError(
      'exec_failed',
      `${name} ${how}${stderr === '' ? '.' : `: ${lastLines(stderr)}`}`,
      {
        details: { exitCode, stderr },
      },
    );
  }
  return {
    exitCode,
    stdout: output.stdout.text,
    stderr: output.stderr.text,
    truncated: output.stdout.truncated || output.stderr.truncated,
    durationMs,
  };
}

function cancelled(name: string, stderr: string): PlumblineError {
  return new PlumblineError('exec_cancelled', `${name} was cancelled.`, { details: { stderr } });
}

function notStarted(file: string, name: string, options: ExecOptions, cause: unknown): PlumblineError {
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  if (!existsSync(options.cwd)) {
    return new PlumblineError(
      'exec_failed',
      `${name} can't be started: its folder ${options.cwd} doesn't exist.`,
      { cause },
    );
  }
  if (code === 'ENOENT' || code === 'EACCES' || code === 'ENOEXEC') {
    const why = code === 'ENOENT' ? 'was not found' : 'can’t be executed';
    return new PlumblineError('exec_not_found', `The program ${file} ${why}.`, { cause, details: { file } });
  }
  return new PlumblineError('exec_failed', `${name} can't be started (${code ?? 'unknown cause'}).`, {
    cause,
  });
}

/** Program and first argument: the rest is long, and may be nobody's business. */
function describeCommand(file: string, args: readonly string[], options: ExecOptions): string {
  const text = [basename(file), ...args.slice(0, 1)].join(' ');
  return options.redact?.(text) ?? text;
}

function lastLines(text: string): string {
  return text.split('\n').slice(-5).join('\n');
}

function signalNumber(signal: NodeJS.Signals | null): number {
  return signal === null ? 0 : constants.signals[signal];
}
