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
  task: (id: string) => `/api/tasks/${encodeURIComponent(id)}`,
  taskJobs: (id: string, after: number) => `/api/tasks/${encodeURIComponent(id)}/jobs?after=${after}`,
  taskEvents: (id: string) => `/api/tasks/${encodeURIComponent(id)}/events`,
  cancelTask: (id: string) => `/api/tasks/${encodeURIComponent(id)}/cancel`,
} as const;
