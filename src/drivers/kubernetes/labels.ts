import { createHash } from 'node:crypto';

/** Who owns the fields that are applied. */
export const FIELD_MANAGER = 'plumbline';

/**
 * Who brings a workload back to a revision of its own. Another name than that of applies: what Git does not declare of it is
 * seen as drift.
 */
export const UNDO_MANAGER = 'plumbline-undo';

/** On every object: the ID of the stack that it belongs to. */
export const STACK_LABEL = 'plumbline.dev/stack';

/** On the parts of an inventory; the stack's ID is their `STACK_LABEL`. */
export const INVENTORY_LABEL = 'plumbline.dev/inventory';

/** On every object: what was applied last, and who agreed. Changed only together with something else. */
export const RECORD_ANNOTATIONS = [
  'plumbline.dev/commit',
  'plumbline.dev/attempt',
  'plumbline.dev/task',
  'plumbline.dev/approved-by',
] as const;

/** A stack's ID in its cluster: a label's value, the same for the same repo and stack. */
export function stackId(repo: string, key: string): string {
  const hash = createHash('sha256').update(`${repo}\0${key}`).digest('hex').slice(0, 16);
  return `s-${hash}`;
}
