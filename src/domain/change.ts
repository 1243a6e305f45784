import type { JsonValue } from './json.ts';

/** From worst to least. */
export const SEVERITIES = ['critical', 'high', 'medium', 'low'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** Why there is a difference: live moved (`drift`), Git moved (`pending`), or both. */
export const CAUSES = ['drift', 'pending', 'both'] as const;
export type Cause = (typeof CAUSES)[number];

/** What an apply would do to the resource; `none` for drift that no apply removes. */
export const ACTIONS = [
  'create',
  'update',
  'delete',
  'replace',
  'read',
  'move',
  'import',
  'forget',
  'none',
] as const;
export type Action = (typeof ACTIONS)[number];

/** How an action is shown before an address; those without a sign are shown by name. */
export const ACTION_SIGNS: Readonly<Partial<Record<string, string>>> = {
  create: '+',
  update: '~',
  delete: '-',
  replace: '-/+',
  none: ' ',
};

/** A cause, in words. */
export function causeWords(cause: Cause): string {
  return cause === 'both' ? 'drift and pending' : cause;
}

/** One attribute-level difference. Sensitive values never stand here: they are masked as `(sensitive)`. */
export interface AttributeChange {
  /** JSON pointer into the resource, e.g. `/ingress/0/cidr_blocks`. */
  pointer: string;
  before: JsonValue;
  after: JsonValue;
  sensitive: boolean;
  /** The value after is known only when applied. */
  unknown: boolean;
  /** `drift`: last applied → live. `pending`: live → what Git wants. */
  cause: 'drift' | 'pending';
}

/** Somebody who changed a resource, as its target names them. */
export interface ChangedBy {
  /** In Kubernetes the field manager, e.g. `kubectl-edit`: what the program called itself. */
  manager: string;
  /** In the target's words, e.g. `Apply` or `Update`. */
  operation: string;
  /** RFC 3339; null when the target doesn't say. */
  at: string | null;
}

/** A resource-level difference as a driver reports it, before severity and ignore rules. Values are masked. */
export interface RawChange {
  address: string;
  /** The resource type, e.g. `aws_security_group`. */
  kind: string;
  name: string;
  action: Action;
  /** The tool's own words, e.g. `["delete","create"]`. */
  actions: string[];
  cause: Cause;
  /** What an apply would change (live → desired); for drift that no apply removes: last applied → live. */
  before: JsonValue;
  after: JsonValue;
  /** What live did since the last apply, when cause is `drift` or `both`. */
  drift?: { actions: string[]; before: JsonValue; after: JsonValue };
  attributes: AttributeChange[];
  /** JSON pointers of the attributes that force a replacement. */
  replacedBecause: string[];
  movedFrom?: string;
  /** Who moved live, newest first, where the target itself tells: only a part of those who did, and never proof. */
  changedBy?: ChangedBy[];
}

/** A change with its severity. One resource, one change. */
export interface Change extends RawChange {
  severity: Severity;
  severityReason: string;
}

/** A change that a rule of the config ignores: shown, not counted. */
export interface IgnoredChange extends Change {
  ignored: { reason: string; rule: string; until?: string };
}

/** An output value that would change. */
export interface OutputChange {
  name: string;
  action: Action;
  before: JsonValue;
  after: JsonValue;
  sensitive: boolean;
  /** No resource that the plan changes, or that has drifted, stands behind its value. */
  unexplained?: true;
}
