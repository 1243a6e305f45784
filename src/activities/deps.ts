import type { LocalSecrets, PublishedSettings } from '../domain/settings.ts';
import type { Driver, DriverLog, ToolResolver } from '../drivers/driver.ts';
import type { ArtifactStore } from '../store/artifact-store.ts';
import type { Store } from '../store/store.ts';
import type { Logger } from '../util/log.ts';
import type { Redactor } from '../util/redact.ts';
import type { ActivityMetrics } from './metrics-port.ts';
import type { RunningTasks } from './running-tasks.ts';
import type { ToolRecords } from './tool-records.ts';

/** Options of the calls that may take long. */
export interface LongCall {
  signal: AbortSignal;
  onProgress: (message: string) => void;
}

/** What activities need of the git cache. */
export interface Checkouts {
  resolve(
    repo: PublishedSettings['repos'][number],
    wanted: { commit?: string; branch?: string },
    options: LongCall,
  ): Promise<{ commit: string; branch: string | null }>;
  /** A read-only work tree of a commit, kept until it is released. */
  checkout(
    repo: PublishedSettings['repos'][number],
    commit: string,
    options: LongCall,
  ): Promise<{ path: string; release(): Promise<void> | void }>;
  /** What was committed after `base` up to `commit` below `paths` (empty: anywhere). Base null: the commit alone. */
  changesSince?(
    repo: PublishedSettings['repos'][number],
    range: { base: string | null; commit: string; paths: readonly string[] },
    options: LongCall,
  ): Promise<CommitRange>;
  /** A file's text at a commit; undefined when it has none. */
  readFileAt?(
    repo: PublishedSettings['repos'][number],
    at: { commit: string; path: string },
    options: LongCall,
  ): Promise<string | undefined>;
  /** Commits after `base` up to `commit` whose signature is missing or not trusted. */
  unsignedCommits?(
    repo: PublishedSettings['repos'][number],
    range: { base: string | null; commit: string },
    commits: PublishedSettings['commits'],
    options: LongCall,
  ): Promise<{ commit: string; author: string; why: string }[]>;
  /**
   * Commits, on top of the branch's newest commit, the content that `paths` had at `toCommit`, and pushes it; replayed when
   * somebody pushed meanwhile. Never a force push.
   * @throws PlumblineError `push_refused` when the branch is protected, `commit_not_found`, `git_failed`
   */
  revertPaths?(
    repo: PublishedSettings['repos'][number],
    change: {
      branch: string | null;
      paths: readonly string[];
      toCommit: string;
      message: string;
      author: { name: string; email: string };
    },
    commits: PublishedSettings['commits'],
    options: LongCall,
  ): Promise<{ commit: string; branch: string; changed: readonly string[] }>;
}

/** What happened in a range of commits. */
export interface CommitRange {
  /** Paths that differ, sorted. */
  files: string[];
  /** Authors, committers and co-authors, without repeats: name and email as they stand in the commits. */
  authors: { name: string; email: string }[];
  /** Email of the newest commit's committer: the best guess at who pushed. */
  lastCommitter: string | null;
  commits: number;
}

/** What depends on the published settings: made once per version by the composition root. */
export interface Workbench {
  git: Checkouts;
  tools: ToolResolver;
}

/** All that activities are given. One per worker process. */
export interface ActivityDeps {
  store: Store;
  artifacts: ArtifactStore;
  /** Keys the plan digests; see `planDigest`. */
  digestKey: Uint8Array;
  /** In order of precedence when two claim one folder. */
  drivers: readonly Driver[];
  workbench: (settings: PublishedSettings) => Workbench;
  secrets: LocalSecrets;
  /** What tools get of this process's environment, credentials of providers included. */
  toolEnv: Readonly<Record<string, string>>;
  redactor: Redactor;
  log: Logger & DriverLog;
  metrics: ActivityMetrics;
  /** Absolute. */
  dataDir: string;
  /** Absolute: shared by all stacks of this machine. */
  cacheDir: string;
  /** Stands in jobs and logs: `host:pid`. */
  worker: string;
  /** The workers' queues. */
  toolQueue: string;
  countPollers: (queue: string) => Promise<number>;
  /** How many tools run at once in this process. */
  concurrency: number;
  /** Whether the server knows Plumbline's search attributes. */
  searchAttributes: boolean;
  /** How long a job waits for a worker before somebody looks whether there is one. */
  noWorkerAfterMs: number;
  now: () => Date;
  running: RunningTasks;
  records: ToolRecords;
}
