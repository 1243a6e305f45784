import type { Severity, StackJson, StackStatus } from '../../api/types.ts';
import { SEVERITY_ORDER } from '../../ui/status.ts';

/** What a list can be narrowed to. `drifted` and `pending` both hold the stacks that are both. */
export const STATUS_FILTERS = ['drifted', 'pending', 'errored', 'unknown', 'in_sync'] as const;
export type StatusFilter = (typeof STATUS_FILTERS)[number];

/** A list's filters as they stand in the URL. An empty list lets everything through. */
export interface StackFilters {
  q: string;
  status: StatusFilter[];
  severity: Severity[];
  kind: string[];
  repo: string[];
}

const MATCHING: Record<StatusFilter, readonly StackStatus[]> = {
  drifted: ['drifted', 'drifted_and_pending'],
  pending: ['pending', 'drifted_and_pending'],
  errored: ['errored'],
  unknown: ['unknown'],
  in_sync: ['in_sync'],
};

/** Filters from the URL's parameters (`q`, and comma lists `status`, `severity`, `kind`, `repo`); what is not known is dropped. */
export function parseFilters(params: URLSearchParams): StackFilters {
  const list = (name: string) => (params.get(name) ?? '').split(',').filter((item) => item !== '');
  return {
    q: params.get('q') ?? '',
    status: [...new Set(list('status').flatMap(toStatusFilters))],
    severity: SEVERITY_ORDER.filter((severity) => list('severity').includes(severity)),
    kind: list('kind'),
    repo: list('repo'),
  };
}

function toStatusFilters(text: string): StatusFilter[] {
  if (text === 'drifted_and_pending') return ['drifted', 'pending'];
  return STATUS_FILTERS.filter((status) => status === text);
}

/** The URL's parameters with these filters in them; other parameters stay. */
export function writeFilters(params: URLSearchParams, filters: Partial<StackFilters>): URLSearchParams {
  const next = new URLSearchParams(params);
  for (const [name, value] of Object.entries(filters)) {
    const text = Array.isArray(value) ? value.join(',') : value;
    if (text === '') next.delete(name);
    else next.set(name, text);
  }
  return next;
}

/** Whether anything is filtered at all. */
export function isFiltered(filters: StackFilters): boolean {
  return Object.values(filters).some((value: string | string[]) => value.length > 0);
}

/** Whether a stack gets through. The search looks for every word in repo, key, path, kind, commit and error. */
export function matchesFilters(stack: StackJson, filters: StackFilters): boolean {
  return (
    (filters.status.length === 0 ||
      filters.status.some((status) => MATCHING[status].includes(stack.status))) &&
    (filters.severity.length === 0 ||
      (stack.severity !== null && filters.severity.includes(stack.severity))) &&
    (filters.kind.length === 0 || filters.kind.includes(stack.kind)) &&
    (filters.repo.length === 0 || filters.repo.includes(stack.repo)) &&
    matchesSearch(stack, filters.q)
  );
}

function matchesSearch(stack: StackJson, q: string): boolean {
  const words = q.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return true;
  const text = [stack.repo, stack.key, stack.path, stack.kind, stack.commit ?? '', stack.error?.message ?? '']
    .join(' ')
    .toLowerCase();
  return words.every((word) => text.includes(word));
}

/** How many stacks each status filter holds. A stack that is both drifted and pending counts in both. */
export function countByFilter(stacks: readonly StackJson[]): Record<StatusFilter, number> {
  const counts = { drifted: 0, pending: 0, errored: 0, unknown: 0, in_sync: 0 };
  for (const stack of stacks) {
    for (const status of STATUS_FILTERS) {
      if (MATCHING[status].includes(stack.status)) counts[status] += 1;
    }
  }
  return counts;
}
