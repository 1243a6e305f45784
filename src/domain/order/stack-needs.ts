import type { StackStatus } from '../stack.ts';

/** What is known of a stack that others wait for. */
export interface StackStanding {
  status: StackStatus;
  /** Whether it was ever planned. */
  scanned: boolean;
  /** Whether an apply would do anything. */
  effective: boolean;
  /** Of its live approval; null: it has none. */
  approval: 'waiting' | 'approved' | 'rejected' | null;
  /** Why people could not be asked about its last plan; null: they could, or need not be. */
  unasked: 'unstable_plan' | 'not_presented' | null;
  /** Of its last attempt, while that is not closed. */
  attempt: 'started' | 'unknown' | null;
}

/** How another stack is looked at: one that it depends on, or the same stack of an earlier environment. */
export type Relation = 'needs' | 'promoted_from';

/**
 * Why what comes after this stack has to wait for it, as a part of a sentence; undefined when it does not. What a stack depends
 * on must be as Git wants it, but a repair does not mind what was not rolled out yet. Of an earlier environment only what is
 * being decided, or went wrong, counts.
 */
export function whyUnsettled(
  { status, scanned, effective, approval, unasked, attempt }: StackStanding,
  relation: Relation,
  mode: 'sync' | 'reconcile',
): string | undefined {
  if (attempt === 'started') return 'which is being applied';
  if (attempt === 'unknown') return 'of whose last apply nobody knows how it ended';
  if (status === 'in_sync') return undefined;
  if (status === 'errored') return 'whose last plan failed';
  if (mode === 'reconcile' && status === 'pending') return undefined;
  if (approval === 'waiting') return 'which waits for people';
  if (approval === 'approved') return 'which was approved, but not applied yet';
  if (approval === 'rejected') return 'whose plan was rejected';
  if (unasked === 'unstable_plan') return 'whose plan moves by itself';
  if (unasked === 'not_presented') return 'about which people could not be asked';
  if (status === 'unknown') return scanned ? 'of which nobody knows what it is like' : undefined;
  if (relation === 'needs' && effective) return 'whose changes were not applied';
  return undefined;
}

/** All that these stacks depend on, directly or not, themselves left out unless they go round in a circle. */
export function allNeeds(graph: ReadonlyMap<string, readonly string[]>, keys: Iterable<string>): Set<string> {
  const found = new Set<string>();
  const pending = [...keys].flatMap((key) => [...(graph.get(key) ?? [])]);
  while (pending.length > 0) {
    const key = pending.pop()!;
    if (found.has(key) || !graph.has(key)) continue;
    found.add(key);
    pending.push(...graph.get(key)!);
  }
  return found;
}

/**
 * The stacks of `stops` that come before this one, looking through all others: a dependency is not lost because there is
 * nothing to do in between. Sorted by key.
 */
export function nearestNeeds(
  graph: ReadonlyMap<string, readonly string[]>,
  start: string,
  stops: ReadonlySet<string>,
): string[] {
  const nearest = new Set<string>();
  const seen = new Set<string>();
  const pending = [...(graph.get(start) ?? [])];
  while (pending.length > 0) {
    const key = pending.pop()!;
    if (seen.has(key)) continue;
    seen.add(key);
    if (stops.has(key)) nearest.add(key);
    else pending.push(...(graph.get(key) ?? []));
  }
  return [...nearest].toSorted((a, b) => (a < b ? -1 : 1));
}
