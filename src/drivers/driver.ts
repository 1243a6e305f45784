import type { ZodType } from 'zod';
import type { Attempt } from '../domain/attempt.ts';
import type { OutputChange, RawChange } from '../domain/change.ts';
import type { JsonValue } from '../domain/json.ts';
import type { ArtifactKind, ArtifactRef, PlanBasis } from '../domain/plan.ts';
import type { StackResource, StackResources } from '../domain/resources/resource.ts';
import type { RolloutTarget } from '../domain/rollout-target.ts';
import type { Stack, StateLock } from '../domain/stack.ts';
import type {
  ApplyResult,
  Recovery,
  RestoreResult,
  SavedState,
  StateBackup,
  UndoPlan,
  UndoResult,
  Verification,
} from './driver-results.ts';
import type { StackWatch } from './stack-watch.ts';

/** A program that was found, and where. `version` has no leading `v`. */
export interface ResolvedTool {
  name: string;
  path: string;
  version: string;
  /** `setting`, `path`, `cache`, `download` or `build`. */
  source: string;
}

/** Finds a program by name and version constraint; constraints are in Terraform's language. */
export type ToolResolver = (
  name: string,
  constraint: string | undefined,
  options: { signal?: AbortSignal; onProgress?: (message: string) => void },
) => Promise<ResolvedTool>;

/** Where a driver leaves what it made. Kinds that can hold secrets are encrypted by the sink. */
export type ArtifactSink = (kind: ArtifactKind, content: string | Uint8Array) => Promise<ArtifactRef>;

/** Artifacts of a stack's last plan, for what would be made from the same input again. */
export interface Recall {
  /** The content that was made from this, or undefined. `madeFrom` is compared only as a keyed hash. */
  find(kind: ArtifactKind, madeFrom: string): Promise<Uint8Array | undefined>;
  /** Notes what stored content was made from, in place of what was noted before. */
  remember(ref: ArtifactRef, madeFrom: string): Promise<void>;
}

/** The few log levels that drivers use: a constant message, and facts as fields. */
export interface DriverLog {
  debug(fields: Record<string, unknown>, message: string): void;
  info(fields: Record<string, unknown>, message: string): void;
  warn(fields: Record<string, unknown>, message: string): void;
}

/** What discovery may look at. */
export interface DiscoverySource {
  repo: string;
  /** Absolute path of the commit's read-only work tree. */
  workTree: string;
  commit: string;
  /** `stacks:` of the config, as written there; undefined means: look for them. */
  listed?: readonly string[];
  /** Globs of `discovery:`, relative to the root. */
  include: readonly string[];
  exclude: readonly string[];
  /** This driver's own options, as its schema parsed them. */
  options: unknown;
  /** Where the work tree comes from, and the branch that is followed; left out: not known. */
  origin?: { url: string; branch: string | null };
  log: DriverLog;
  signal: AbortSignal;
  /** For discovery that a program does better than reading files; without it, files are read. */
  tools?: ToolResolver;
  /** The whole environment of such a program (`toolEnv` of util/exec-env.ts). */
  baseEnv?: Readonly<Record<string, string>>;
  /** What comes on top of that; asked only when such a program runs. @throws PlumblineError `secret_missing` */
  env?: () => Readonly<Record<string, string>>;
}

/** What was discovered. A listed stack that this driver doesn't know is simply left out. */
export interface Discovery {
  stacks: Stack[];
  warnings: string[];
}

/** Where stacks are looked for that only their target still knows. */
export interface RemovedSource extends DiscoverySource {
  /** All stacks that the commit has. */
  found: readonly Stack[];
}

/** Whose sources are asked for. */
export interface SourcesOf {
  /** Absolute path of a commit's read-only work tree. */
  workTree: string;
  stack: Stack;
  options: unknown;
  signal: AbortSignal;
}

/** All that a driver gets for planning one stack. */
export interface PlanContext {
  repo: string;
  stack: Stack;
  commit: string;
  /** Absolute path of the commit's read-only work tree; the stack is in `stack.path` of it. */
  workTree: string;
  /** A folder of this stack's own (absolute, kept between plans): tool data, init results. */
  dataDir: string;
  /** A folder shared by all stacks of this worker (absolute): provider and module caches. */
  cacheDir: string;
  /** A folder for this attempt alone (absolute), removed afterwards. */
  scratchDir: string;
  options: unknown;
  /** What tools get of this process's environment (`toolEnv` of util/exec-env.ts); `env` comes on top of it. */
  baseEnv: Readonly<Record<string, string>>;
  /**
   * Hides the secrets that the pipeline knows of, those in `env` among them; the driver itself hides what the plan marks
   * sensitive.
   */
  redact?: (text: string) => string;
  /** Extra environment for the tool, and var files relative to the root. */
  env: Readonly<Record<string, string>>;
  varFiles: readonly string[];
  timeoutMs: number;
  /** How long a tool has between SIGINT and SIGKILL. */
  graceMs: number;
  tools: ToolResolver;
  artifacts: ArtifactSink;
  /** Without it, everything is made anew. */
  recall?: Recall;
  log: DriverLog;
  signal: AbortSignal;
  /** A line for people who watch: a step that began, a line of the tool's output. Already redacted. */
  onProgress: (event: { step: string; line?: string }) => void;
  /** Runs a tool when one of the worker's places is free; without it, at once. What is not a tool needs no place. */
  inTurn?: <T>(tool: () => Promise<T>) => Promise<T>;
  /** Tells the worker of a tool's process group, so that a successor can end it if the worker dies. */
  onProcess: (event: { pgid: number; state: 'started' | 'ended' }) => void;
}

/** What a driver's plan says; the pipeline adds severity, ignore rules, status and digest. */
export interface DriverPlan {
  changes: RawChange[];
  outputs: OutputChange[];
  tool: { name: string; version: string; source: string };
  durationsMs: Record<string, number>;
  warnings: string[];
  stateLock: StateLock | null;
  artifacts: ArtifactRef[];
  basis: PlanBasis;
  /** Everything that an approval is bound to, in a canonical order; may hold secrets and is only ever hashed with a key. */
  identity: JsonValue;
  /** The stack's own objects as they are live; left out where the driver has no `inspect`. */
  resources?: StackResource[];
}

/** Stacks of one repo that are planned side by side. */
export interface ManyStacks {
  repo: string;
  stacks: readonly Stack[];
  /** Ends what is read for all of them; each stack's context has a signal of its own. */
  signal: AbortSignal;
}

/** Plans that share what is the same for all of them. */
export interface PlanBatch {
  /** As the driver's `plan`, of one of the stacks. Another's error or cancel is none of this one's. */
  plan(context: PlanContext): Promise<DriverPlan>;
}

/** All that a driver gets for an apply: a plan's context, and what makes it safe. */
export interface ApplyContext extends PlanContext {
  /** Names the attempt in files, backups and locks. */
  attemptId: string;
  /** Whose task it is, and who agreed, for what a driver notes on what it changes; left out: nobody says. */
  onBehalf?: { taskId: string; approvedBy: readonly string[] };
  /** `planDigest` of this process: the driver compares its fresh plan by it, and never sees the key. */
  digestOf: (identity: JsonValue) => string;
  /**
   * Absolute path (kept between worker lives) of the file that the applying tool writes its output to, without a pipe;
   * errors go to `<path>.stderr`. Both may hold secrets: only a driver reads them. It may keep notes beside them.
   */
  outputPath: string;
  /**
   * Asked once, after the fresh plan was found to be the approved one and the state was backed up, directly before the
   * first change: the attempt is on record when it returns. Throws when the lease was lost.
   */
  onBegin: (facts: { backup: StateBackup | null }) => Promise<void>;
}

/** What knows how to discover and plan stacks of one kind. One folder under `src/drivers/`, one line in the registry. */
export interface Driver {
  /** Stands in the API, the UI and the config: `terraform`. */
  kind: string;
  /** This driver's options in the config, under `drivers.<kind>`. */
  options: ZodType;
  /** Whether its plans begin with an `init`, named so in `durationsMs`, that a later plan may do without. Left out: no. */
  inits?: boolean;
  /** Finds this driver's stacks; changes nothing. */
  discover(source: DiscoverySource): Promise<Discovery>;
  /**
   * Finds stacks that this repository had, that are no longer in it, and of which something is left: their plans delete it. None
   * where that can't be told for sure. Only asked of the newest commit. Changes nothing.
   */
  removed?(source: RemovedSource): Promise<Discovery>;
  /**
   * What a plan of the stack reads of the repository besides its own folder: files and folders, relative to the root; `.` where
   * that can't be told. Reads files only. Without it: nothing.
   */
  sources?(at: SourcesOf): Promise<string[]>;
  /**
   * Plans one stack; changes nothing and takes no state lock. Safe to run again.
   * @throws PlumblineError with a code of `PLAN_ERROR_CODES` (see errors.ts)
   */
  plan(context: PlanContext): Promise<DriverPlan>;
  /**
   * Of drivers whose plans cost so little that an activity and a workflow for each would cost more: many stacks are planned in
   * one activity, and what they share is read once. Nothing is read before the first plan.
   */
  planMany?(many: ManyStacks): PlanBatch;
  /**
   * Plans afresh and applies that plan if its digest is `digest`, under the target's own lock, after a backup of its state.
   * Not safe to run again: the caller records the attempt in `onBegin` and asks `recover` when it does not come back.
   * @throws PlumblineError only before `onBegin` was called, with codes as `plan`, and `lock_held` (whose lock it is)
   */
  apply?(context: ApplyContext, digest: string): Promise<ApplyResult>;
  /** Finds out what became of an attempt whose tool no longer runs. Changes nothing; safe to run again. */
  recover?(context: ApplyContext, attempt: Attempt): Promise<Recovery>;
  /** Plans once more, without changes. */
  verify?(context: PlanContext): Promise<Verification>;
  /** Watches what is live, and tells what somebody else has changed. Without it, only scans find out. */
  watch?: StackWatch;
  /**
   * What the stack has as it is live: its own objects, what these have made, and, where wanted, what nobody declared beside
   * them. Holds no values. Changes nothing; safe to run again.
   * @throws PlumblineError as `plan`
   */
  inspect?(context: PlanContext, wanted: { orphans: boolean }): Promise<StackResources>;
  /** Saves the state as it is. */
  backup?(context: PlanContext): Promise<StateBackup>;
  /**
   * Plans the return to a saved state: what people agree with is this plan's identity. Without changes when the state says
   * the same already. Changes nothing; safe to run again.
   * @throws PlumblineError `state_mismatch` when it belongs to something else, `workspace_missing`, and as `plan`
   */
  planRestore?(context: PlanContext, saved: SavedState): Promise<DriverPlan>;
  /**
   * Makes a saved state the present one if a fresh `planRestore` has this digest, after `onBegin` with a backup of what is
   * there now. Not safe to run again, as `apply`.
   * @throws PlumblineError as `planRestore`, `lock_held`, `restore_failed`
   */
  restore?(context: ApplyContext, saved: SavedState, digest: string): Promise<RestoreResult>;
  /**
   * Plans the return of one workload to a revision that its target keeps. Changes nothing; safe to run again.
   * @throws PlumblineError `rollout_foreign` when it is not this stack's, `rollout_not_found`, `rollout_paused`,
   *   `revision_not_found`, `revision_current`, and as `plan`
   */
  planUndo?(context: PlanContext, target: RolloutTarget): Promise<UndoPlan>;
  /**
   * Makes that return if a fresh `planUndo` has this digest, after `onBegin` with a backup of the workload, and waits until it
   * is available. Not safe to run again, as `apply`.
   * @throws PlumblineError as `planUndo`, before `onBegin` was called
   */
  undo?(context: ApplyContext, target: RolloutTarget, digest: string): Promise<UndoResult>;
  /** Who holds the state's lock now; null when nobody does. May take it for a moment; changes nothing else. */
  stateLock?(context: PlanContext): Promise<StateLock | null>;
  /** Releases a state lock by its ID. @throws PlumblineError `lock_changed` when another holds it by now */
  unlock?(context: ApplyContext, lock: StateLock): Promise<void>;
}
