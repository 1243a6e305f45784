import { setTimeout as delay } from 'node:timers/promises';
import { heartbeat } from '@temporalio/activity';
import type { ActivityDeps } from './deps.ts';
import type { LiveLog, NewEvent } from './live-log.ts';

/**
 * An activity that is done sooner never heartbeats, which saves the server a write for each: cancelling reaches it when it
 * heartbeats or through the store, and `lock_ttl` is far longer.
 */
const FIRST_HEARTBEAT_MS = 2_000;
/** A tool that talks without end doesn't fill the store. */
const MAX_LINES = 2_000;

export interface ProgressReport {
  step(step: string): void;
  line(line: string): void;
  warning(message: string): void;
  /** Gives the lines that are not in the store yet to the caller, who writes them with the result. */
  take(): Promise<NewEvent[]>;
  /** Stops heartbeating and writes what is left. */
  close(): Promise<void>;
}

/** For work that is no part of a task, whose steps nobody follows. */
export function silentProgress(): ProgressReport {
  const silent = () => undefined;
  return { step: silent, line: silent, warning: silent, take: async () => [], close: async () => {} };
}

/**
 * Tells people and Temporal how a tool activity goes: lines to the task's live log, and heartbeats at each step and
 * every `renewEveryMs`.
 */
export function reportProgress(
  { redactor, now }: ActivityDeps,
  liveLog: LiveLog,
  about: { taskId: string; stackKey: string | null; renewEveryMs: number },
): ProgressReport {
  const written = liveLog.open();
  let lines = 0;
  let current = 'starting';
  let beating = false;
  const stop = new AbortController();

  const add = (kind: NewEvent['kind'], message: string) => {
    const event = { taskId: about.taskId, stackKey: about.stackKey, at: now().toISOString() };
    written.add({ ...event, kind, message: redactor.redact(message) });
  };
  const wait = (ms: number) =>
    delay(ms, undefined, { signal: stop.signal, ref: false }).catch(() => undefined);
  const beat = async (): Promise<void> => {
    await wait(Math.min(FIRST_HEARTBEAT_MS, about.renewEveryMs));
    while (!stop.signal.aborted) {
      beating = true;
      heartbeat({ step: current });
      await wait(about.renewEveryMs);
    }
  };
  void beat();

  return {
    step: (step) => {
      if (step === current) return;
      current = step;
      if (beating) heartbeat({ step });
      add('progress', step);
    },
    line: (line) => {
      lines += 1;
      if (lines <= MAX_LINES) add('log', line);
      if (lines === MAX_LINES) add('warning', 'Further lines are left out here.');
    },
    warning: (message) => add('warning', message),
    take: () => written.take(),
    close: async () => {
      stop.abort();
      await written.close();
    },
  };
}
