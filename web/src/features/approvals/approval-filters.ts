import type { ApprovalJson, ApprovalStatus } from '../../api/types.ts';
import { isOpen } from './approval-words.ts';

/** Which approvals the inbox shows. `open`: those that somebody can still say something to. */
export interface ApprovalFilters {
  show: 'open' | 'all' | ApprovalStatus;
  environment: string;
}

/** The choices of `show`, in their order. */
export const SHOW_OPTIONS: readonly { value: ApprovalFilters['show']; label: string }[] = [
  { value: 'open', label: 'Open' },
  { value: 'waiting', label: 'Waiting' },
  { value: 'approved', label: 'Approved' },
  { value: 'rejected', label: 'Rejected' },
  { value: 'dismissed', label: 'Stale' },
  { value: 'used', label: 'Applied' },
  { value: 'expired', label: 'Expired' },
  { value: 'withdrawn', label: 'Withdrawn' },
  { value: 'all', label: 'All' },
];

/** Reads the filters of a URL; what it does not say is open ones of every environment. */
export function parseApprovalFilters(params: URLSearchParams): ApprovalFilters {
  const asked = params.get('status');
  const known = SHOW_OPTIONS.find((option) => option.value === asked);
  return { show: known?.value ?? 'open', environment: params.get('environment') ?? '' };
}

/** The URL of filters; what is as usual is left out. */
export function writeApprovalFilters(now: URLSearchParams, next: Partial<ApprovalFilters>): URLSearchParams {
  const filters = { ...parseApprovalFilters(now), ...next };
  const params = new URLSearchParams(now);
  params.delete('status');
  params.delete('environment');
  if (filters.show !== 'open') params.set('status', filters.show);
  if (filters.environment !== '') params.set('environment', filters.environment);
  return params;
}

/** The approvals that the filters leave; those that wait come first, the worst of them on top. */
export function chooseApprovals(all: readonly ApprovalJson[], filters: ApprovalFilters): ApprovalJson[] {
  return all
    .filter(
      ({ status }) =>
        filters.show === 'all' || (filters.show === 'open' ? isOpen(status) : status === filters.show),
    )
    .filter(({ environment }) => filters.environment === '' || environment === filters.environment)
    .sort((a, b) => weight(a) - weight(b) || (a.presented_at < b.presented_at ? 1 : -1));
}

/** The newest approvals, and with them those that wait however old they are. */
export function joinApprovals(
  newest: readonly ApprovalJson[],
  waiting: readonly ApprovalJson[],
): ApprovalJson[] {
  const known = new Set(newest.map(({ id }) => id));
  return [...newest, ...waiting.filter(({ id }) => !known.has(id))];
}

/** Names of the environments that occur, sorted. */
export function environmentsOf(all: readonly ApprovalJson[]): string[] {
  return [...new Set(all.map(({ environment }) => environment).filter((name) => name !== null))].sort();
}

const SEVERITIES = ['critical', 'high', 'medium', 'low'];

function weight({ status, severity }: ApprovalJson): number {
  const rank = severity === null ? SEVERITIES.length : SEVERITIES.indexOf(severity);
  return (status === 'waiting' ? 0 : isOpen(status) ? 10 : 20) + (isOpen(status) ? rank : 0);
}
