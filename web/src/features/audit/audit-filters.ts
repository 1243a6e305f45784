/** What audit records are narrowed by; empty texts narrow nothing. Days are `YYYY-MM-DD` of UTC. */
export interface AuditFilters {
  actor: string;
  action: string;
  repo: string;
  from: string;
  to: string;
}

const KEYS = ['actor', 'action', 'repo', 'from', 'to'] as const;
const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** Reads the filters of a URL; a day that is none is passed over. */
export function parseAuditFilters(params: URLSearchParams): AuditFilters {
  const text = (key: string) => params.get(key) ?? '';
  const day = (key: string) => (DAY.test(text(key)) ? text(key) : '');
  return {
    actor: text('actor'),
    action: text('action'),
    repo: text('repo'),
    from: day('from'),
    to: day('to'),
  };
}

/** The URL of filters. */
export function writeAuditFilters(now: URLSearchParams, next: Partial<AuditFilters>): URLSearchParams {
  const filters = { ...parseAuditFilters(now), ...next };
  const params = new URLSearchParams(now);
  for (const key of KEYS) {
    if (filters[key] === '') params.delete(key);
    else params.set(key, filters[key]);
  }
  return params;
}

/** The filters as the API takes them: `from` is the start of its day and `to` the end of its own. */
export function auditQueryOf(filters: AuditFilters): Record<string, string> {
  const query: Record<string, string> = {};
  for (const key of ['actor', 'action', 'repo'] as const) {
    if (filters[key].trim() !== '') query[key] = filters[key].trim();
  }
  if (filters.from !== '') query['from'] = `${filters.from}T00:00:00.000Z`;
  if (filters.to !== '') query['to'] = `${filters.to}T23:59:59.999Z`;
  return query;
}

/** Whether anything is narrowed at all. */
export function isNarrowed(filters: AuditFilters): boolean {
  return KEYS.some((key) => filters[key] !== '');
}
