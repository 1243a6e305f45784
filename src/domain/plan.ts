import type { Change, IgnoredChange, OutputChange, Severity } from './change.ts';
import type { StackResource } from './resources/resource.ts';
import type { StackStatus, StateLock } from './stack.ts';

/** A reference to stored content. */
export interface ArtifactRef {
  kind: ArtifactKind;
  /** `sha256:<hex>` of the content; of encrypted content `hmac-sha256:<hex>` with a key, so that it can't be guessed at. */
  digest: string;
  sizeBytes: number;
  encrypted: boolean;
}

/** What an artifact is. `plan_json_raw`, `plan_binary` and `state` can hold secrets and are always encrypted. */
export const ARTIFACT_KINDS = [
  'plan_text',
  'plan_json',
  'plan_json_raw',
  'plan_binary',
  'state',
  'log',
  'apply_log',
] as const;
export type ArtifactKind = (typeof ARTIFACT_KINDS)[number];

/** A part of a stack that could not be planned. The rest was: it is shown, and nothing of the stack is applied. */
export interface PlanProblem {
  /** Of the resource, or the place in the source. */
  address: string;
  code: string;
  message: string;
}

/** What a plan rests on, as far as it decides whether it may be applied. */
export interface PlanBasis {
  /** How many objects the stack has now; null where the driver can't say. */
  resources: number | null;
  /** Applying the plan would leave a stack that has something with nothing. */
  emptied: boolean;
  /** The plan was made with made-up outputs of other stacks: it must never be applied. */
  mockOutputs: boolean;
  /** Left out where everything could be planned; with any, nothing of the stack is applied. */
  problems?: PlanProblem[];
  /** Addresses of what is deleted only with people’s word, whatever the policy says; left out where there is none. */
  confirm?: string[];
}

/** Of a plan that says nothing of it, as those of earlier versions. */
export const UNKNOWN_BASIS: PlanBasis = { resources: null, emptied: false, mockOutputs: false };

/** What a scan found out about one stack: the plan after severity and ignore rules. */
export interface StackPlan {
  status: StackStatus;
  changes: Change[];
  ignored: IgnoredChange[];
  outputs: OutputChange[];
  /** Number of changes whose cause is drift or both. */
  drift: number;
  /** Number of changes whose cause is pending or both, and of changed outputs that no resource explains. */
  pending: number;
  /** The worst of the changes; null when there are none. */
  severity: Severity | null;
  /** `v1:sha256:<hex>`: HMAC over what approval is bound to. */
  digest: string;
  tool: { name: string; version: string; source: string };
  /** Milliseconds per step, e.g. `{init: 80, plan: 210, show: 130}`. */
  durationsMs: Record<string, number>;
  warnings: string[];
  stateLock: StateLock | null;
  artifacts: ArtifactRef[];
  /** Plans of earlier versions don't have it. */
  basis?: PlanBasis;
  /** The stack's own objects as they are live; only of drivers that look at them. */
  resources?: StackResource[];
  /** The backup that a return to a saved state goes to: then it says nothing of what Git wants. Left out of all else. */
  restores?: string;
}
