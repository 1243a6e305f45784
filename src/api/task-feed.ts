import type { Task } from '../domain/task.ts';
import type { Store, TaskEvent } from '../store/store.ts';

/** What a follower of a task gets: `cursor` is where to go on after a break. */
export type FeedMessage =
  | { type: 'task'; task: Task; cursor: number }
  | { type: 'log'; event: TaskEvent; cursor: number }
  | { type: 'end'; task: Task; cursor: number };

/** Followers of running tasks: one look at the store per task and interval, however many follow it. */
export interface TaskFeeds {
  /**
   * The task now, the log lines after `afterSeq`, then everything new until the task ends.
   * Ends early when `signal` is aborted, the feeds are closed, or the follower is too slow (it can resume).
   */
  follow(taskId: string, afterSeq: number, signal: AbortSignal): AsyncGenerator<FeedMessage>;
  /** How many tasks are looked at. */
  watched(): number;
  /** Ends every follower. */
  close(): void;
}

/** Options of `createTaskFeeds`. */
export interface TaskFeedOptions {
  store: Pick<Store, 'tasks' | 'events'>;
  /** Pause between two looks, in ms. */
  intervalMs: number;
  onError: (error: unknown) => void;
}

const BATCH = 500;
/** A follower that lags by more than this is let go. */
const MAX_QUEUED = 10_000;

/** Makes the feeds of one app. */
export function createTaskFeeds(options: TaskFeedOptions): TaskFeeds {
  const feeds = new Map<string, Feed>();
  let closed = false;

  const feedOf = (taskId: string): Feed => {
    const existing = feeds.get(taskId);
    if (existing) return existing;
    const feed = new Feed(taskId, options, () => feeds.delete(taskId));
    feeds.set(taskId, feed);
    return feed;
  };

  return {
    async *follow(taskId, afterSeq, signal) {
      const task = await options.store.tasks.get(taskId);
      if (!task || closed) return;
      yield { type: 'task', task, cursor: afterSeq };
      let cursor = afterSeq;
      for (;;) {
        const events = await options.store.events.list(taskId, cursor, BATCH);
        for (const event of events) {
          cursor = event.seq;
          yield { type: 'log', event, cursor };
        }
        if (events.length < BATCH) break;
      }
      if (closed || signal.aborted) return;
      yield* feedOf(taskId).attach(cursor, signal);
    },
    watched: () => feeds.size,
    close: () => {
      closed = true;
      for (const feed of feeds.values()) feed.stop();
    },
  };
}

/** One task's poller and its followers. */
class Feed {
  readonly #taskId: string;
  readonly #options: TaskFeedOptions;
  readonly #onIdle: () => void;
  readonly #followers = new Set<Follower>();
  #cursor = -1;
  #counts = '';
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(taskId: string, options: TaskFeedOptions, onIdle: () => void) {
    this.#taskId = taskId;
    this.#options = options;
    this.#onIdle = onIdle;
  }

  async *attach(cursor: number, signal: AbortSignal): AsyncGenerator<FeedMessage> {
    const follower = new Follower(cursor);
    // A feed that is ahead of the newcomer goes back: each follower skips what it has seen.
    this.#cursor = this.#followers.size === 0 ? cursor : Math.min(this.#cursor, cursor);
    // The counts may have moved since the newcomer read them: everybody gets them once more.
    this.#counts = '';
    this.#followers.add(follower);
    const leave = (): void => follower.end();
    signal.addEventListener('abort', leave, { once: true });
    if (signal.aborted || this.#stopped) follower.end();
    this.#schedule(0);
    try {
      yield* follower.messages();
    } finally {
      signal.removeEventListener('abort', leave);
      this.#followers.delete(follower);
      if (this.#followers.size === 0) this.stop();
    }
  }

  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    clearTimeout(this.#timer);
    for (const follower of this.#followers) follower.end();
    this.#onIdle();
  }

  #schedule(delayMs: number): void {
    if (this.#stopped || this.#timer) return;
    this.#timer = setTimeout(() => {
      void this.#look().finally(() => {
        this.#timer = undefined;
        this.#schedule(this.#options.intervalMs);
      });
    }, delayMs);
  }

  async #look(): Promise<void> {
    try {
      // The task first: lines written before its end are then certainly in the list.
      const task = await this.#options.store.tasks.get(this.#taskId);
      if (!task) return this.stop();
      await this.#passEvents();
      const counts = JSON.stringify([task.status, task.commit, task.counts, task.cancelRequestedAt]);
      if (counts !== this.#counts) {
        this.#counts = counts;
        this.#pass({ type: 'task', task, cursor: this.#cursor });
      }
      if (task.endedAt === null) return;
      this.#pass({ type: 'end', task, cursor: this.#cursor });
      this.stop();
    } catch (error) {
      // The store may be back at the next look; followers just wait.
      this.#options.onError(error);
    }
  }

  async #passEvents(): Promise<void> {
    for (;;) {
      const from = this.#cursor;
      const events = await this.#options.store.events.list(this.#taskId, from, BATCH);
      // Somebody who needs older lines has joined meanwhile.
      if (this.#cursor < from) continue;
      for (const event of events) {
        this.#cursor = event.seq;
        this.#pass({ type: 'log', event, cursor: event.seq });
      }
      if (events.length < BATCH) return;
    }
  }

  #pass(message: FeedMessage): void {
    for (const follower of this.#followers) follower.push(message);
  }
}

/** One follower's queue. */
class Follower {
  readonly #queue: FeedMessage[] = [];
  #seen: number;
  #ended = false;
  #wake: (() => void) | undefined;

  constructor(cursor: number) {
    this.#seen = cursor;
  }

  push(message: FeedMessage): void {
    if (this.#ended) return;
    if (message.type === 'log') {
      if (message.event.seq <= this.#seen) return;
      this.#seen = message.event.seq;
    }
    this.#queue.push({ ...message, cursor: this.#seen });
    if (this.#queue.length > MAX_QUEUED) this.#queue.length = 0;
    if (this.#queue.length === 0 || message.type === 'end') this.#ended = true;
    this.#wake?.();
  }

  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  async *messages(): AsyncGenerator<FeedMessage> {
    for (;;) {
      const next = this.#queue.shift();
      if (next) yield next;
      else if (this.#ended) return;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}
