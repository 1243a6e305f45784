import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { PlumblineError } from '../../util/errors.ts';

const POLL_MS = 50;
const PATIENCE_MS = 120_000;
const GRACE_MS = 5000;
const LOG_TAIL = 4000;

/** A server program of a cluster on this machine; its output goes to a file. */
export interface ServerProgram {
  name: string;
  pid: number;
  /**
   * Waits until `ask` says yes.
   * @throws PlumblineError `cluster_failed` with the end of the program's output when it ends before that, or takes longer than two minutes
   */
  untilReady(ask: () => Promise<boolean>, signal?: AbortSignal): Promise<void>;
  /** SIGTERM, and SIGKILL after five seconds; returns when it has ended. Safe to call again. */
  stop(): Promise<void>;
}

/** Starts a program in a process group of its own, so that Ctrl-C in a terminal does not reach it before its owner. */
export function startServer(
  name: string,
  path: string,
  args: readonly string[],
  logPath: string,
): ServerProgram {
  const log = openSync(logPath, 'a');
  const child = spawn(path, args, { stdio: ['ignore', log, log], detached: true, env: {} });
  closeSync(log);
  let failure: Error | undefined;
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', (error) => {
      failure = error;
      resolve();
    });
  });
  const fail = async (what: string) => {
    const said = (await readFile(logPath, 'utf8').catch(() => '')).slice(-LOG_TAIL);
    return new PlumblineError('cluster_failed', `${name} ${what}:\n${said}`, { cause: failure });
  };
  return {
    name,
    pid: child.pid ?? 0,
    untilReady: async (ask, signal) => {
      const until = performance.now() + PATIENCE_MS;
      while (!(await ask().catch(() => false))) {
        signal?.throwIfAborted();
        if (failure !== undefined || hasEnded(child)) throw await fail(`ended before it was ready`);
        if (performance.now() > until) throw await fail('does not get ready');
        await delay(POLL_MS);
      }
    },
    stop: async () => {
      if (failure !== undefined || hasEnded(child)) return;
      child.kill('SIGTERM');
      const killing = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
      await exited;
      clearTimeout(killing);
    },
  };
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
