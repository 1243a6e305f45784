import type { EventRepository, TaskEvent } from '../store/store.ts';
import type { Logger } from '../util/log.ts';

/** A line that has no number yet. */
export type NewEvent = Omit<TaskEvent, 'seq'>;

/** Lines are written to the store together: this often, or when there are this many. */
const FLUSH_MS = 500;
const FLUSH_LINES = 100;

/** The lines of one activity on their way to the store. */
export interface LiveLogLines {
  add(event: NewEvent): void;
  /** Gives the lines that nobody has written yet to the caller, who writes them; those before are written first. */
  take(): Promise<NewEvent[]>;
  /** Writes what is left. */
  close(): Promise<void>;
}

/** The live logs of all tasks that this process works on. */
export interface LiveLog {
  open(): LiveLogLines;
}

/**
 * Collects the lines of all activities of this process, and writes them with one commit every half second rather than
 * with one for each activity. A store that can't take them loses them: they are no result.
 */
export function createLiveLog(store: { events: EventRepository }, log: Pick<Logger, 'warn'>): LiveLog {
  const waiting = new Map<object, NewEvent[]>();
  let writing: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;

  const takeAll = (): NewEvent[] => {
    const events = [...waiting.values()].flat();
    waiting.clear();
    return events;
  };
  const flush = (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    const events = takeAll();
    if (events.length === 0) return writing;
    writing = writing
      .then(() => store.events.append(events))
      .catch((error: unknown) => {
        log.warn({ err: error, lines: events.length }, 'Lines of the live log could not be written');
      });
    return writing;
  };
  return {
    open: () => {
      const owner = {};
      return {
        add: (event) => {
          const own = waiting.get(owner) ?? [];
          waiting.set(owner, own);
          own.push(event);
          timer ??= setTimeout(() => void flush(), FLUSH_MS).unref();
          if (own.length >= FLUSH_LINES) void flush();
        },
        take: async () => {
          await writing;
          const own = waiting.get(owner) ?? [];
          waiting.delete(owner);
          return own;
        },
        close: async () => {
          if (waiting.has(owner)) await flush();
        },
      };
    },
  };
}
