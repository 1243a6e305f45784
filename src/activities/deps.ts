import type { AttemptProcess } from '../domain/attempt.ts';
import type { LocalSecrets, PublishedSettings } from '../domain/settings.ts';
import type { Driver, DriverLog, ToolResolver } from '../drivers/driver.ts';
import type { ArtifactStore } from '../store/artifact-store.ts';
import type { Store } from '../store/store.ts';
import type { Logger } from '../util/log.ts';
import type { Redactor } from '../util/redact.ts';
import type { PresentSignal, RepoRequest } from '../workflows/inputs.ts';
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
  /**
   * `maxAgeMs`: how old the host's answer about a branch may be; left out, it is asked now. A commit must be one that a branch or a
   * tag leads to, or that `recorded` says was so once.
   */
  resolve(
    repo: PublishedSettings['repos'][number],
    wanted: {
      commit?: string;
      branch?: string;
      maxAgeMs?: number;
      recorded?: (commit: string) => Promise<boolean>;
    },
    options: LongCall,
  ): Promise<{ commit: string; branch: string | null }>;
  /** What the host says the repo's branch is at; nothing is fetched. */
  tip(repo: PublishedSettings['repos'][number], options: LongCall): Promise<{ commit: string }>;
  /** A read-only work tree of a commit, kept until it is released. */
  checkout(
    repo: PublishedSettings['repos'][number],
    commit: string,
    options: LongCall,
  ): Promise<{ path: string; release(): Promise<void> | void }>;
  /** What was committed after `base` up to `commit` below `paths` (empty: anywhere). Base null: all that led to `commit`. */
  changesSince(
    repo: PublishedSettings['repos'][number],
    range: { base: string | null; commit: string; paths: readonly string[] },
    options: LongCall,
  ): Promise<CommitRange>;
  /** A file's text at a commit; undefined when it has none. */
  readFileAt(
    repo: PublishedSettings['repos'][number],
    at: { commit: string; path: string },
    options: LongCall,
  ): Promise<string | undefined>;
  /** The CODEOWNERS file that counts at a commit: of `.github/`, the root and `docs/` the first. */
  readCodeOwners(
    repo: PublishedSettings['repos'][number],
    commit: string,
    options: LongCall,
  ): Promise<{ path: string; text: string } | undefined>;
  /** The same as it was before a commit, which does not choose its own owners. */
  readCodeOwnersBefore(
    repo: PublishedSettings['repos'][number],
    commit: string,
    options: LongCall,
  ): Promise<{ path: string; text: string } | undefined>;
  /**
   * Commits after `base` up to `commit` whose signature is missing or not trusted. Base null, or `touching`: of those that
   * touched `paths`; where they are too many to check, one stands for all.
   */
  unsignedCommits(
    repo: PublishedSettings['repos'][number],
    range: { base: string | null; commit: string; paths?: readonly string[]; touching?: boolean },
    commits: PublishedSettings['commits'],
    options: LongCall,
  ): Promise<{ commit: string; author: string; why: string }[]>;
  /**
   * Commits, on top of the branch's newest commit, the content that `paths` had at `toCommit`, and pushes it; replayed when
   * somebody pushed meanwhile. Never a force push.
   * @throws PlumblineError `push_refused` when the branch is protected, `nothing_to_revert` (details: `branch` and its newest
   *   `commit`), `commit_not_found` (also when it is not in the branch's history), `commit_sign_failed`, `git_failed`
   */
  revertPaths(
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
  /** Whether two commits have the same content below these paths (empty: everywhere). */
  samePaths(
    repo: PublishedSettings['repos'][number],
    at: { commit: string; other: string; paths: readonly string[] },
    options: LongCall,
  ): Promise<boolean>;
}

/** What happened in a range of commits. */
export interface CommitRange {
  /** Paths that differ, sorted. */
  files: string[];
  /** Authors, committers and co-authors, once per email: as they stand in the commits, and as `.mailmap` has them. */
  authors: { name: string; email: string }[];
  /** Email of the newest commit's committer (of its author, if it was made in GitHub's pages): the best guess at who pushed. */
  lastCommitter: string | null;
  commits: number;
  /** For people: why this is not simply what came after the base (a force push); null or none when it is. */
  note?: string | null;
}

/** What depends on the published settings: made once per version by the composition root. */
export interface Workbench {
  git: Checkouts;
  tools: ToolResolver;
}

/** What activities ask of Temporal. */
export interface TemporalRequests {
  /** Signals the repo's workflow, and starts it first where the repo is idle. */
  request(repo: string, request: RepoRequest): Promise<void>;
  /** Signals the approval of a stack, and starts its workflow first where there is none. */
  present(repo: string, key: string, signal: PresentSignal): Promise<void>;
  /** The run of the repo's workflow that is running now; null when the repo is idle. */
  runOf(repo: string): Promise<string | null>;
  /** Whether this schedule has started this run, as the schedule itself has it: what the run says of itself anybody could have typed. */
  isOfSchedule(scheduleId: string, run: { workflowId: string; runId: string }): Promise<boolean>;
  /** The workflow that started this run as its child; null when nobody did. */
  parentOf(run: {
    workflowId: string;
    runId: string;
  }): Promise<{ workflowId: string; firstRunId: string } | null>;
}

/** What activities ask of the processes of this machine. */
export interface Processes {
  own: AttemptProcess;
  /** Undefined when there is no such process. */
  identify(pid: number): Promise<AttemptProcess | undefined>;
  /** `unknown` when it can't be told from here: another host, or another PID namespace. */
  state(process: AttemptProcess): Promise<'running' | 'gone' | 'unknown'>;
  /** Whether one of them has this file open for writing. */
  writes(path: string): Promise<boolean>;
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
  /** The common queue of tools: of all stacks whose environment names none of its own. */
  toolQueue: string;
  countPollers: (queue: string) => Promise<number>;
  /** How many tools run at once in this process. */
  concurrency: number;
  /** Whether the server knows Plumbline's search attributes. */
  searchAttributes: boolean;
  /** How long a job waits for a worker before somebody looks whether there is one. */
  noWorkerAfterMs: number;
  now: () => Date;
  temporal: TemporalRequests;
  processes: Processes;
  /** Whether the API signed this text; null where there is no key to check with: then nothing counts as signed. */
  verifySigned: ((text: string, signature: string) => boolean) | null;
  running: RunningTasks;
  records: ToolRecords;
}
