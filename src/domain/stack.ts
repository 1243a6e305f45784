/** What a stack's last plan says of it. `unknown` is never shown as drifted or in sync. */
export const STACK_STATUSES = [
  'in_sync',
  'drifted',
  'pending',
  'drifted_and_pending',
  'errored',
  'unknown',
] as const;
export type StackStatus = (typeof STACK_STATUSES)[number];

/** Whether a plan that said this has changes; one that could be made in part only counts as failed, whatever it found. */
export function hasChanges(status: StackStatus): boolean {
  return status === 'drifted' || status === 'pending' || status === 'drifted_and_pending';
}

/**
 * What the repository itself says of how a stack is kept. It only narrows what the policy of the stack's environment permits, and
 * never widens it.
 */
export interface StackPolicy {
  /** Where it says so, for people: `Application argocd/shop (apps/shop.yaml:1)`. */
  from: string;
  /** What may happen without a person's word; null: nothing. Left out: that is not said. */
  automated?: { prune: boolean; selfHeal: boolean; allowEmpty: boolean } | null;
  /** Nothing is applied as long as it says so. */
  suspended?: boolean;
}

/** The unit that is planned on its own. Its identity is the repo and the key. */
export interface Stack {
  /** Stable, URL-safe, unique in its repo (see `stackKey` in ids.ts). */
  key: string;
  /** The kind of the driver that plans it: `terraform`, `opentofu`, `terragrunt`, … */
  kind: string;
  /** Folder relative to the repository's root, with `/`; `.` is the root itself. */
  path: string;
  /** Terraform workspace; `default` when none was chosen. */
  workspace: string;
  /** Keys of the stacks of this repo that must be applied before this one. */
  dependsOn: string[];
  /** What the config has it need, by the names there, and its commit does not have as a stack; left out: nothing. */
  unknownNeeds?: string[];
  /** What the repository says of how it is kept; left out: nothing. */
  policy?: StackPolicy;
  /** What only the driver understands (e.g. a version from atlantis.yaml). JSON only, no secrets. */
  settings?: Record<string, string>;
}

/** Who holds the state lock of a stack, as far as it can be read without taking it. */
export interface StateLock {
  id: string;
  who: string;
  operation: string;
  /** ISO 8601, or empty when unknown. */
  created: string;
}
