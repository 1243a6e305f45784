/** Names of repositories as `config.yaml` may list them; those of its environments' branches are in `repo-name.ts`. */
export const REPO_NAME_PATTERN = /^[A-Za-z0-9._-]+$/;

/** The workflow ID that is a repo's lock. */
export function repoWorkflowId(repo: string): string {
  return `repo/${repo}`;
}

/** The workflow ID under which people decide on a stack's plan. */
export function approvalWorkflowId(repo: string, stackKey: string): string {
  return `approval/${repo}/${stackKey}`;
}

/** The workflow ID under which the lock of a stack's state is looked at and released. */
export function unlockWorkflowId(repo: string, stackKey: string): string {
  return `${repoWorkflowId(repo)}/unlock/${stackKey}`;
}

/** The workflow ID under which somebody looks at what a stack has. */
export function inspectWorkflowId(repo: string, stackKey: string): string {
  return `${repoWorkflowId(repo)}/inspect/${stackKey}`;
}

/** The ID of the Temporal Schedule that scans a repo. */
export function scheduleId(repo: string): string {
  return `schedule/${repo}`;
}

/** A task's ID in driftd's form, `my-infra:1706712345678`. */
export function taskId(repo: string, startedAtMs: number): string {
  return `${repo}:${startedAtMs}`;
}

/** A job's ID in driftd's form, `my-infra:envs/prod:1706712345678`. */
export function jobId(repo: string, stackKey: string, startedAtMs: number): string {
  return `${repo}:${stackKey}:${startedAtMs}`;
}

/** What a task ID is made of, or undefined when the text is not a task ID. */
export function parseTaskId(id: string): { repo: string; startedAtMs: number } | undefined {
  const match = /^([A-Za-z0-9._-]+(?:@[A-Za-z0-9._~-]+)?):(\d+)$/.exec(id);
  if (!match) return undefined;
  return { repo: match[1]!, startedAtMs: Number(match[2]) };
}

/** The key of a stack that is the repository's own top folder (`.` would vanish from URLs). */
const ROOT_STACK_KEY = '_root';

/**
 * A stack's default key: its path, with `@workspace` unless it is the default one; see `escapeKey`.
 */
export function stackKey(path: string, workspace?: string): string {
  const base = path === '.' || path === '' ? ROOT_STACK_KEY : escapeKey(path);
  return workspace && workspace !== 'default' ? `${base}@${escapeKey(workspace)}` : base;
}

/** The key that is meant by the key or the path of a stack that nobody knows yet: what may be a key is taken for one. */
export function keyOfUnknown(text: string): string {
  return /^[A-Za-z0-9._~@/-]+$/.test(text) ? text : stackKey(text);
}

/** Characters that are not safe in a URL path become `~` and two hex digits per UTF-8 byte; slashes stay. */
export function escapeKey(text: string): string {
  return text.replace(/[^A-Za-z0-9._/-]/gu, (char) =>
    Array.from(new TextEncoder().encode(char), (byte) => `~${byte.toString(16).padStart(2, '0')}`).join(''),
  );
}
