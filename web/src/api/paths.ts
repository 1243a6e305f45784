/** A stack key as part of a URL path: its slashes stay, everything else that is not safe is encoded. */
function encodeKey(key: string): string {
  return key
    .split('/')
    .map((segment) => encodeURIComponent(segment).replaceAll('%40', '@'))
    .join('/');
}

/** The page of a repo. */
export function repoPage(repo: string): string {
  return `/repos/${encodeURIComponent(repo)}`;
}

/** The page of a stack. */
export function stackPage(repo: string, key: string): string {
  return `${repoPage(repo)}/stacks/${encodeKey(key)}`;
}

/** The page of a task. */
export function taskPage(id: string): string {
  return `/tasks/${encodeURIComponent(id)}`;
}

/** The page of an environment. */
export function environmentPage(name: string): string {
  return `/environments/${encodeURIComponent(name)}`;
}

/** What an audit log is chosen and exported by. */
export type Query = Readonly<Record<string, string | number | undefined>>;

/** `path?a=1&b=2` with what is given; empty texts are left out. */
function withQuery(path: string, query: Query): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') params.set(key, String(value));
  }
  return params.size === 0 ? path : `${path}?${params.toString()}`;
}

/** API paths, each encoded. */
export const apiPaths = {
  health: () => '/api/health',
  repos: () => '/api/repos',
  stacks: () => '/api/stacks',
  repo: (repo: string) => `/api/repos/${encodeURIComponent(repo)}`,
  repoStacks: (repo: string) => `/api/repos/${encodeURIComponent(repo)}/stacks`,
  scanRepo: (repo: string) => `/api/repos/${encodeURIComponent(repo)}/scan`,
  scanStack: (repo: string, key: string) =>
    `/api/repos/${encodeURIComponent(repo)}/stacks/${encodeKey(key)}/scan`,
  plan: (repo: string, key: string) => `/api/stacks/${encodeURIComponent(repo)}/${encodeKey(key)}/plan`,
  graph: (repo: string) => `/api/graph/${encodeURIComponent(repo)}`,
  resources: (repo: string, key: string, query: Query) =>
    withQuery(`/api/resources/${encodeURIComponent(repo)}/${encodeKey(key)}`, query),
  task: (id: string) => `/api/tasks/${encodeURIComponent(id)}`,
  taskJobs: (id: string, after: number) => `/api/tasks/${encodeURIComponent(id)}/jobs?after=${after}`,
  taskEvents: (id: string) => `/api/tasks/${encodeURIComponent(id)}/events`,
  cancelTask: (id: string) => `/api/tasks/${encodeURIComponent(id)}/cancel`,
  taskRemediation: (id: string) => `/api/tasks/${encodeURIComponent(id)}/remediation`,
  taskVerdicts: (id: string) => `/api/tasks/${encodeURIComponent(id)}/verdicts`,
  me: () => '/api/me',
  approvals: (query: Query = {}) => withQuery('/api/approvals', query),
  approval: (repo: string, key: string) => `/api/approvals/${encodeURIComponent(repo)}/${encodeKey(key)}`,
  decide: (repo: string, key: string, verb: 'approve' | 'reject' | 'withdraw') =>
    `/api/approvals/${encodeURIComponent(repo)}/${encodeKey(key)}/${verb}`,
  attempts: (query: Query) => withQuery('/api/attempts', query),
  backups: (repo: string, key: string) =>
    `/api/repos/${encodeURIComponent(repo)}/stacks/${encodeKey(key)}/backups`,
  syncRepo: (repo: string) => `/api/repos/${encodeURIComponent(repo)}/sync`,
  syncEnvironment: (name: string) => `/api/environments/${encodeURIComponent(name)}/sync`,
  environments: () => '/api/environments',
  environment: (name: string) => `/api/environments/${encodeURIComponent(name)}`,
  holds: () => '/api/holds',
  audit: (query: Query) => withQuery('/api/audit', query),
  auditVerify: () => '/api/audit/verify',
  auditExport: (query: Query) => withQuery('/api/audit/export', query),
  auditReport: (query: Query) => withQuery('/api/audit/report', query),
} as const;
