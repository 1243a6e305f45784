import type { Change, IgnoredChange, OutputChange, Severity } from '../domain/change.ts';
import type { ArtifactRef, PlanBasis, StackPlan } from '../domain/plan.ts';
import type { KnownResources } from '../domain/resources/known-resources.ts';
import type { StackResource, StackResources } from '../domain/resources/resource.ts';
import type { PublishedSettings } from '../domain/settings.ts';
import type { Stack, StackStatus, StateLock } from '../domain/stack.ts';
import type { Failure, Job, StackState, Task, TaskKind, TaskStatus } from '../domain/task.ts';
import type { ControlStore, Records } from './control.ts';
import type { TriggerStore } from './triggers.ts';

/** The database behind a store. */
export type StoreKind = 'sqlite' | 'postgres';

/** All that Plumbline keeps. One set of queries for PostgreSQL and SQLite. Times are ISO 8601 in UTC. */
export interface Store extends ControlStore, TriggerStore {
  readonly kind: StoreKind;
  tasks: TaskRepository;
  jobs: JobRepository;
  stacks: StackRepository;
  plans: PlanRepository;
  configs: ConfigRepository;
  events: EventRepository;
  artifacts: ArtifactRepository;
  resources: ResourceRepository;
  /** The ID of this place. A restored backup leaves it as it is; a copy of the database has the same. */
  installation(): Promise<string>;
  /** Rejects when the store can't be reached. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

export interface NewTask {
  id: string;
  repo: string;
  kind: TaskKind;
  trigger: string;
  /** As in `Task`. */
  firstTrigger?: string;
  actor: string;
  /** IDs of the vouchers for it; empty: nobody vouches; left out: of a scan. One that another task has used counts for none. */
  vouchers?: readonly string[];
  stackKey: string | null;
  configVersion: number;
  workflowId: string;
  runId: string;
  startedAt: string;
}

/** Statuses with which a task has ended. */
export type EndedTaskStatus = Exclude<TaskStatus, 'queued' | 'running'>;

export interface TaskRepository {
  /** Inserts a task that waits behind another of its repo; the same ID again changes nothing (safe to retry). */
  queue(task: NewTask): Promise<Task>;
  /** Inserts the task as running, or lets a queued one run; any other with this ID stays as it is (safe to retry). */
  begin(task: NewTask, records?: Records<Task>): Promise<Task>;
  /**
   * Sets the commit, inserts the jobs as pending in this order, each at its own commit where it has one, and marks the
   * task as discovered; `aside` as in `Task`. Safe to retry: what was discovered first stays.
   * @throws PlumblineError `task_not_found`, `task_ended`
   */
  discovered(
    id: string,
    commit: string,
    jobs: { id: string; stack: Stack; queue: string; commit?: string }[],
    at: string,
    options?: { aside: boolean },
  ): Promise<void>;
  /**
   * Ends the task; an ended task stays as it is. Keeps the final counts. Unfinished jobs fail with `error`, or `internal`;
   * of those that had begun the result is lost, so their stacks become `unknown`.
   */
  finish(
    id: string,
    result: { status: EndedTaskStatus; error: Failure | null },
    at: string,
    records?: Records<Task>,
  ): Promise<Task>;
  /** Fails a task that is still queued; one that has begun or ended stays as it is. @throws PlumblineError `task_not_found` */
  failQueued(id: string, error: Failure, at: string): Promise<Task>;
  /** Notes the wish on a task that runs or is queued. */
  requestCancel(id: string, at: string): Promise<void>;
  /** IDs of running tasks that somebody asked to cancel. */
  cancelRequested(): Promise<string[]>;
  get(id: string): Promise<Task | undefined>;
  /** The running task of a repo. */
  active(repo: string): Promise<Task | undefined>;
  running(): Promise<Task[]>;
  /** Those that wait behind others of their repos. */
  queued(): Promise<Task[]>;
  /** Newest first; `before` is a `startedAt`. */
  list(query: { repo?: string; limit: number; before?: string }): Promise<Task[]>;
  /** The newest task of each repo, ordered by repo. */
  latestByRepo(): Promise<Task[]>;
  /** Whether a task of the repo got as far as finding the stacks of this commit (a full SHA). */
  hasCommit(repo: string, commit: string): Promise<boolean>;
}

/** Content of a job, and which key it was encrypted with; null for none. */
export interface StoredContent extends ArtifactRef {
  keyId: string | null;
}

/** All that a successful plan leaves in the store. */
export interface JobResult {
  plan: StackPlan;
  contents: readonly StoredContent[];
  /** What is left to say in the task's live log. */
  events: readonly Omit<TaskEvent, 'seq'>[];
}

/** Which stack a job is of and how it stands: enough to count by. */
export type JobOutline = Pick<Job, 'taskId' | 'repo' | 'stackKey' | 'path' | 'status' | 'outcome'>;

export interface JobRepository {
  get(id: string): Promise<Job | undefined>;
  /** All jobs of these tasks, in no particular order. */
  outlines(taskIds: readonly string[]): Promise<JobOutline[]>;
  /** By ordinal, ascending, from `afterOrdinal` (exclusive; -1 for all). */
  listByTask(
    taskId: string,
    query: { afterOrdinal: number; limit: number; unfinishedOnly?: boolean },
  ): Promise<Job[]>;
  /** Newest first. */
  listByRepo(repo: string, limit: number): Promise<Job[]>;
  /** Newest first: the history of one stack. */
  listByStack(repo: string, stackKey: string, limit: number): Promise<Job[]>;
  /**
   * Marks the job as running and counts an attempt; returns the number of this attempt. A job that has ended stays as it
   * is and its number of attempts is returned.
   * @throws PlumblineError `job_not_found`
   */
  start(id: string, worker: string, at: string): Promise<number>;
  /**
   * Completes the job with its plan, its stack's new state, its artifacts and its last events: all of it or nothing, in
   * one transaction. A stack that a newer scan has written stays as it is, and so does all when the job has ended.
   * @throws PlumblineError `job_not_found`
   */
  complete(id: string, result: JobResult, at: string): Promise<void>;
  /**
   * Fails the job for good and, unless that says nothing of it, sets its stack to `outcome`. A job that has ended stays as it
   * is.
   */
  fail(
    id: string,
    outcome: 'errored' | 'unknown',
    error: Failure,
    at: string,
    options?: { keepStack?: boolean },
  ): Promise<void>;
}

export interface StackRepository {
  /** Makes the stacks known; with `complete`, those of the repo that are neither in the list nor among the keys `kept` are forgotten. */
  discovered(
    repo: string,
    stacks: Stack[],
    options: { complete: boolean; kept?: readonly string[] },
  ): Promise<void>;
  /** A plan that failed: `errored` or `unknown`, with the reason; counts are kept out (0). */
  failed(
    repo: string,
    key: string,
    jobId: string,
    commit: string,
    outcome: 'errored' | 'unknown',
    error: Failure,
    at: string,
  ): Promise<void>;
  /** The plan of this job was applied, and another found nothing more to do; nothing when a newer scan has written. */
  applied(repo: string, key: string, jobId: string, status: StackStatus): Promise<void>;
  get(repo: string, key: string): Promise<StackState | undefined>;
  /** Ordered by repo and key; all repos when none is named. */
  list(repo?: string): Promise<StackState[]>;
  /** Whether the repo has stacks that have no job in this task. */
  anyOutside(repo: string, taskId: string): Promise<boolean>;
  /** Forgets the stacks of all repos but these; their jobs then go as they grow old. Returns how many. */
  forgetOtherRepos(repos: readonly string[]): Promise<number>;
  /** How many stacks each repo has by status and severity, ordered by repo: for the dashboard and metrics. */
  countsByRepo(): Promise<RepoCounts[]>;
}

/** The stacks of one repo, counted. */
export interface RepoCounts {
  repo: string;
  total: number;
  byStatus: Record<StackStatus, number>;
  /** Stacks by the worst severity of their last plan; those without changes are in none. */
  bySeverity: Record<Severity, number>;
  /** Changes whose cause is drift or both, in all stacks. */
  drift: number;
  /** Changes whose cause is pending or both, in all stacks. */
  pending: number;
  /** When a stack of this repo was last scanned. */
  scannedAt: string | null;
}

/** What stacks have, as it was last seen. Goes with the stack. */
export interface ResourceRepository {
  get(repo: string, stackKey: string): Promise<KnownResources>;
  /** The stacks of which something has this name, ordered by repo and key. */
  naming(name: string): Promise<{ repo: string; stackKey: string; known: KnownResources }[]>;
  /** How a plan saw the stack's own objects. Safe to run again. */
  declared(repo: string, stackKey: string, resources: readonly StackResource[], at: string): Promise<void>;
  /** What a look found. Safe to run again. */
  looked(repo: string, stackKey: string, found: StackResources, at: string): Promise<void>;
}

/** One plan as it was found, masked: what the stack page shows. */
export interface PlanRecord {
  jobId: string;
  repo: string;
  stackKey: string;
  commit: string;
  status: StackStatus;
  changes: Change[];
  ignored: IgnoredChange[];
  outputs: OutputChange[];
  severity: Severity | null;
  digest: string;
  tool: { name: string; version: string; source: string };
  durationsMs: Record<string, number>;
  warnings: string[];
  stateLock: StateLock | null;
  artifacts: ArtifactRef[];
  /** See `StackPlan`. */
  restores?: string;
  createdAt: string;
  /** Plans of earlier versions do not say. */
  basis?: PlanBasis;
}

export interface PlanRepository {
  get(jobId: string): Promise<PlanRecord | undefined>;
  /** The stack's newest plan. */
  latest(repo: string, stackKey: string): Promise<PlanRecord | undefined>;
  /** All plans of a task, by ordinal. */
  listByTask(taskId: string): Promise<PlanRecord[]>;
}

export interface ConfigRepository {
  /** Publishes settings and returns their number; the same settings as the newest keep its number. */
  publish(settings: PublishedSettings, at: string): Promise<number>;
  get(version: number): Promise<PublishedSettings | undefined>;
  latest(): Promise<{ version: number; settings: PublishedSettings } | undefined>;
  /** The settings that were the newest at a time (ISO 8601); undefined when none were published by then. */
  inForceAt(at: string): Promise<PublishedSettings | undefined>;
}

/** A line of a task's live log. */
export interface TaskEvent {
  /** Ascending in the whole store. */
  seq: number;
  taskId: string;
  stackKey: string | null;
  kind: 'progress' | 'log' | 'warning';
  message: string;
  at: string;
}

export interface EventRepository {
  append(events: Omit<TaskEvent, 'seq'>[]): Promise<void>;
  /** Ascending, after `afterSeq`. */
  list(taskId: string, afterSeq: number, limit: number): Promise<TaskEvent[]>;
}

export interface ArtifactRecord extends ArtifactRef {
  jobId: string;
  keyId: string | null;
  createdAt: string;
}

export interface ArtifactRepository {
  /** Notes further content of a job, beside what it has. Safe to run again. */
  record(jobId: string, contents: readonly StoredContent[], at: string): Promise<void>;
  /** The newest of a kind. */
  find(jobId: string, kind: string): Promise<ArtifactRecord | undefined>;
  /**
   * Forgets jobs, events and ended tasks older than `before`, but keeps each stack's last job, its plan and artifacts.
   * Returns how many were forgotten and the content digests that nothing refers to any more.
   */
  forgetBefore(
    before: string,
    limit: number,
  ): Promise<{ jobs: number; tasks: number; unreferenced: string[] }>;
  /** Those of these digests that no job and no backup refers to. */
  unreferenced(digests: readonly string[]): Promise<string[]>;
}
