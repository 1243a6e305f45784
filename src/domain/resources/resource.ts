/** Where an object stands between Git and its target; `extra`: Git no longer has it, `unknown`: it could not be compared. */
export const SYNC_STATES = ['synced', 'drifted', 'pending', 'missing', 'extra', 'unknown'] as const;
export type SyncState = (typeof SYNC_STATES)[number];

/** How an object does, from well to worst; words and order of Argo CD (https://argo-cd.readthedocs.io/en/stable/operator-manual/health/). */
export const RESOURCE_HEALTH = [
  'healthy',
  'suspended',
  'progressing',
  'missing',
  'degraded',
  'unknown',
] as const;

/** How an object does, and the sentence that says why; empty where there is nothing to say. */
export interface ResourceHealth {
  status: (typeof RESOURCE_HEALTH)[number];
  reason: string;
}

/** Something that the target said of an object. */
export interface ResourceEvent {
  type: string;
  reason: string;
  message: string;
  count: number;
  /** RFC 3339; null when it doesn't say. */
  at: string | null;
}

/** How a container last ended. */
export interface ContainerEnd {
  container: string;
  exitCode: number;
  /** e.g. `OOMKilled`. */
  reason: string;
  /** Its last words. */
  message: string;
}

/** One object of a stack, or one that such an object has made. Holds no values of it. */
export interface StackResource {
  /** `web/Deployment.apps/shop`. */
  address: string;
  group: string;
  kind: string;
  namespace: string;
  name: string;
  /** Address of the object that owns it; null: nobody does. */
  parent: string | null;
  /** null: nobody compares it, since it is a hook or another object's child. */
  sync: SyncState | null;
  isHook: boolean;
  /** null: not looked at. */
  health: ResourceHealth | null;
  images: string[];
  /** What last wrote it, as it says itself; null: nothing of Plumbline's, or nobody looked. */
  written: { commit: string; attempt: string } | null;
  ends: ContainerEnd[];
  /** Newest first; only of what is not well. */
  events: ResourceEvent[];
}

/** What a stack has, as it was found at one time. */
export interface StackResources {
  /** Parents before their children. */
  resources: StackResource[];
  /** What nobody declared in the stack's namespaces; null: not looked for. */
  orphans: StackResource[] | null;
  /** What could not be looked at, for people. */
  notes: string[];
}
