import type { RepoTaskInput, RepoTaskResult } from './inputs.ts';
import { repoTask } from './repo-task.ts';

/**
 * Brings a repo's stacks to a commit: plans each, decides by policy and approvals, applies what may be applied, in the
 * order of dependencies, and presents the rest to people. Waiting for them does not hold the repo: the task ends as
 * `awaiting_approval`, and their word starts the next one. Its workflow ID `repo/<name>` is the repo's lock.
 * @throws ApplicationFailure as `scanRepo`
 */
export async function syncRepo(input: RepoTaskInput): Promise<RepoTaskResult> {
  return await repoTask('sync', input);
}

/** Repairs drift only; what Git changed meanwhile is reported as pending, not rolled out. Otherwise as `syncRepo`. */
export async function reconcileRepo(input: RepoTaskInput): Promise<RepoTaskResult> {
  return await repoTask('reconcile', input);
}

/** Returns to an earlier commit, by a new commit, or to a saved state. Otherwise as `syncRepo`. */
export async function rollbackRepo(input: RepoTaskInput): Promise<RepoTaskResult> {
  return await repoTask('rollback', input);
}
