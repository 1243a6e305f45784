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
  /** A step that Temporal alone is told of. */
  note(step: string): void;
  /** The report of one of several stacks: its lines go to the live log as its own, its steps to Temporal alone. */
  of(stackKey: string): ProgressReport;
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
  return {
    step: silent,
    note: silent,
    of: silentProgress,
    line: silent,
    warning: silent,
    take: async () => [],
    close: async () => {},
  };
}

/**
 * Tells people and Temporal how a tool activity goes: lines to the task's live log, and heartbeats at each step and
 * every `renewEveryMs`.
 */
export function reportProgress(
  deps: ActivityDeps,
  liveLog: LiveLog,
  about: ReportOf & { renewEveryMs: number },
): ProgressReport {
  const own = linesOf(deps, liveLog, about);
  let current = 'starting';
  let beating = false;
  const stop = new AbortController();

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

  const note = (step: string): boolean => {
    if (step === current) return false;
    current = step;
    if (beating) heartbeat({ step });
    return true;
  };
  const ofStack = (stackKey: string): ProgressReport => {
    const lines = linesOf(deps, liveLog, { ...about, stackKey });
    return { ...lines, step: () => undefined, note: () => undefined, of: ofStack };
  };
  return {
    ...own,
    step: (step) => {
      if (note(step)) own.add('progress', step);
    },
    note: (step) => void note(step),
    of: ofStack,
    close: async () => {
      stop.abort();
      await own.close();
    },
  };
}

/** Whose progress it is. */
interface ReportOf {
  taskId: string;
  stackKey: string | null;
}

/** The part of a report that the live log gets. */
interface Lines extends Pick<ProgressReport, 'line' | 'warning' | 'take' | 'close'> {
  add(kind: NewEvent['kind'], message: string): void;
}

function linesOf({ redactor, now }: ActivityDeps, liveLog: LiveLog, { taskId, stackKey }: ReportOf): Lines {
  const written = liveLog.open();
  let lines = 0;
  const add: Lines['add'] = (kind, message) =>
    written.add({ taskId, stackKey, at: now().toISOString(), kind, message: redactor.redact(message) });
  return {
    add,
    line: (line) => {
      lines += 1;
      if (lines <= MAX_LINES) add('log', line);
      if (lines === MAX_LINES) add('warning', 'Further lines are left out here.');
    },
    warning: (message) => add('warning', message),
    take: async () => await written.take(),
    close: async () => await written.close(),
  };
}
