import type { StackJson } from '../../api/types.ts';
import { SEVERITY_ORDER, STATUS_ORDER } from '../../ui/status.ts';

/** `zone-2` comes before `zone-10`. */
const names = new Intl.Collator('en', { numeric: true });

/** What a list of stacks can be ordered by. */
export const SORT_KEYS = ['status', 'stack', 'severity', 'drift', 'pending', 'scanned'] as const;
export type SortKey = (typeof SORT_KEYS)[number];

/** An order and its direction; `descending` is the way that puts the most urgent, largest or newest first. */
export interface StackOrder {
  key: SortKey;
  descending: boolean;
}

/** What needs attention most comes first. */
export const DEFAULT_ORDER: StackOrder = { key: 'severity', descending: true };

/** An order from the URL's `sort` parameter: a key, with `-` before it for descending. */
export function parseOrder(text: string | null): StackOrder {
  const descending = text?.startsWith('-') ?? false;
  const key = SORT_KEYS.find((candidate) => candidate === text?.replace(/^-/, ''));
  return key ? { key, descending } : DEFAULT_ORDER;
}

/** The `sort` parameter of an order; empty for the default one. */
export function writeOrder(order: StackOrder): string {
  if (order.key === DEFAULT_ORDER.key && order.descending === DEFAULT_ORDER.descending) return '';
  return `${order.descending ? '-' : ''}${order.key}`;
}

/** The order after a click on a column: its natural direction first, then the other. */
export function nextOrder(now: StackOrder, key: SortKey): StackOrder {
  return now.key === key ? { key, descending: !now.descending } : { key, descending: key !== 'stack' };
}

/** A sorted copy. Equal stacks are ordered by urgency, then by repo and key. */
export function sortStacks(stacks: readonly StackJson[], order: StackOrder): StackJson[] {
  const direction = order.descending ? -1 : 1;
  return [...stacks].sort(
    (a, b) =>
      direction * compareBy(order.key, a, b) ||
      urgency(b) - urgency(a) ||
      names.compare(a.repo, b.repo) ||
      names.compare(a.key, b.key),
  );
}

function compareBy(key: SortKey, a: StackJson, b: StackJson): number {
  switch (key) {
    case 'status':
      return statusRank(a) - statusRank(b);
    case 'stack':
      return names.compare(a.repo, b.repo) || names.compare(a.key, b.key);
    case 'severity':
      return severityRank(a) - severityRank(b);
    case 'drift':
      return a.drift - b.drift;
    case 'pending':
      return a.pending - b.pending;
    case 'scanned':
      return compareText(a.scanned_at ?? '', b.scanned_at ?? '');
  }
}

function statusRank(stack: StackJson): number {
  return STATUS_ORDER.length - STATUS_ORDER.indexOf(stack.status);
}

/** An errored stack stands between high and medium: it hides whatever it has. */
function severityRank(stack: StackJson): number {
  if (stack.severity !== null) return 10 - 2 * SEVERITY_ORDER.indexOf(stack.severity);
  return stack.status === 'errored' ? 7 : 0;
}

function urgency(stack: StackJson): number {
  return (
    severityRank(stack) * 10_000 + statusRank(stack) * 1_000 + Math.min(stack.drift + stack.pending, 999)
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
