import type { Failure } from '../domain/task.ts';

/** What is kept of what starts tasks by itself. Times ISO 8601 in UTC. */
export interface TriggerStore {
  polls: PollRepository;
  watches: WatchRepository;
}

/** What was last heard of a repo's Git by polling it. */
export interface GitPoll {
  repo: string;
  /** The newest commit of its branch that tasks were asked for; null: none was yet. */
  commit: string | null;
  askedAt: string;
  /** When the host last answered; null: never. */
  reachedAt: string | null;
  /** Since when it has not; null: it does. */
  failingSince: string | null;
  error: Failure | null;
}

export interface PollRepository {
  get(repo: string): Promise<GitPoll | undefined>;
  /** Ordered by repo. */
  list(): Promise<GitPoll[]>;
  /** The host has answered, and what follows from this commit was asked for. */
  reached(repo: string, commit: string, at: string): Promise<void>;
  /** The host has not answered: what was known before stays. */
  failed(repo: string, error: Failure, at: string): Promise<void>;
}

/** A watch of live objects, as the worker that keeps it says. */
export interface Watch {
  /** What is watched, such as `kubernetes/home`. */
  target: string;
  worker: string;
  /** How many stacks have something there. */
  stacks: number;
  /** When the target was last heard of, be it only that nothing has changed; null: not yet. */
  aliveAt: string | null;
  /** What keeps it from being watched, or a part of it. */
  error: Failure | null;
}

/** A watch with its lease. */
export interface KeptWatch extends Watch {
  /** Since when this worker keeps it. */
  since: string;
  /** From then on another may take it. */
  expiresAt: string;
}

export interface WatchRepository {
  /**
   * Takes a watch that nobody keeps, or goes on keeping it, with what is said of it. False: another worker's it is, and nothing was
   * changed.
   */
  keep(watch: Watch, lease: { at: string; until: string }): Promise<boolean>;
  /** Gives a watch back; one that another keeps stays. */
  release(target: string, worker: string): Promise<void>;
  /** Ordered by target, those whose worker has vanished with them. */
  list(): Promise<KeptWatch[]>;
}
