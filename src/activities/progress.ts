import { setTimeout as delay } from 'node:timers/promises';
import { heartbeat } from '@temporalio/activity';
import type { TaskEvent } from '../store/store.ts';
import type { ActivityDeps } from './deps.ts';

/** Lines are written to the store together: this often, or when there are this many. */
const FLUSH_MS = 500;
const FLUSH_LINES = 100;
/** A tool that talks without end doesn't fill the store. */
const MAX_LINES = 2_000;

export interface ProgressReport {
  step(step: string): void;
  line(line: string): void;
  warning(message: string): void;
  /** Stops heartbeating and writes what is left. */
  close(): Promise<void>;
}

/**
 * Tells people and Temporal how a tool activity goes: lines to the task's live log, in batches, and heartbeats at each
 * step and every `renewEveryMs`. A store that can't take the lines loses them: they are no result.
 */
export function reportProgress(
  { store, log, redactor, now }: ActivityDeps,
  about: { taskId: string; stackKey: string | null; renewEveryMs: number },
): ProgressReport {
  let waiting: Omit<TaskEvent, 'seq'>[] = [];
  let lines = 0;
  let writing: Promise<void> = Promise.resolve();
  let current = 'starting';
  const stop = new AbortController();

  const flush = (): Promise<void> => {
    if (waiting.length === 0) return writing;
    const batch = waiting;
    waiting = [];
    writing = writing
      .then(() => store.events.append(batch))
      .catch((error: unknown) =>
        log.warn({ err: error, ...about }, 'Lines of the live log could not be written'),
      );
    return writing;
  };
  const add = (kind: TaskEvent['kind'], message: string) => {
    const event = { taskId: about.taskId, stackKey: about.stackKey, at: now().toISOString() };
    waiting.push({ ...event, kind, message: redactor.redact(message) });
    if (waiting.length >= FLUSH_LINES) void flush();
  };
  const every = async (ms: number, work: () => void): Promise<void> => {
    while (!stop.signal.aborted) {
      await delay(ms, undefined, { signal: stop.signal, ref: false }).catch(() => undefined);
      if (!stop.signal.aborted) work();
    }
  };
  void every(FLUSH_MS, () => void flush());
  void every(about.renewEveryMs, () => heartbeat({ step: current }));
  heartbeat({ step: current });

  return {
    step: (step) => {
      if (step === current) return;
      current = step;
      heartbeat({ step });
      add('progress', step);
    },
    line: (line) => {
      lines += 1;
      if (lines <= MAX_LINES) add('log', line);
      if (lines === MAX_LINES) add('warning', 'Further lines are left out here.');
    },
    warning: (message) => add('warning', message),
    close: async () => {
      stop.abort();
      await flush();
    },
  };
}
