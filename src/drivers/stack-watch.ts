import type { Stack, StackStatus } from '../domain/stack.ts';
import type { Failure } from '../domain/task.ts';
import type { DriverLog } from './driver.ts';

/** A stack whose live objects may be watched, and when it was looked at last (ISO 8601; null: never). */
export interface WatchedStack extends Pick<Stack, 'key' | 'path' | 'settings'> {
  repo: string;
  status: StackStatus;
  scannedAt: string | null;
}

/** Which stack is meant. */
export type WatchedKey = Pick<WatchedStack, 'repo' | 'key'>;

/** Something that is watched as one, such as a cluster. Only one worker watches it at a time. */
export interface WatchTarget {
  /** Stands in health, metrics and logs, behind the driver's kind. */
  name: string;
  /** Whether the config wants this stack watched there. */
  covers: (stack: WatchedStack) => boolean;
}

/** What a watch is given. */
export interface WatchContext {
  /** The stacks that are there now and are covered: asked again and again, since new ones come. */
  stacks: () => readonly WatchedStack[];
  /** As the driver's schema parsed them. */
  options: unknown;
  /** What credentials are found with (`toolEnv` of util/exec-env.ts). */
  baseEnv: Readonly<Record<string, string>>;
  log: DriverLog;
  /** Ends the watch. */
  signal: AbortSignal;
  /** Somebody else has changed something of a stack; what, is asked with `take` when its time has come. */
  onChange: (stack: WatchedKey) => void;
  /** The target was heard of. */
  onAlive: () => void;
  /** What keeps all of it, or a part, from being watched by now; null: nothing does. */
  onTrouble: (failure: Failure | null) => void;
}

/** A watch that goes on until its signal ends it. */
export interface Following {
  /** What of a stack still differs from how it was left, for people; empty: nothing does any more. Each is told once. */
  take: (stack: WatchedKey) => string[];
  /** Resolves when the watch has ended; it never rejects. */
  ended: Promise<void>;
}

/** How a driver watches what is live. It tells only of changes that a plan may call drift: not of its own writes. */
export interface StackWatch {
  /** Empty: nothing is to be watched. Pure. */
  targets: (options: unknown) => WatchTarget[];
  /** Begins to watch. Troubles that may pass are told, and tried again. */
  follow: (target: string, context: WatchContext) => Following;
}
