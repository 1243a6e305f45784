import { type RolloutTarget, revisionWords, workloadWords } from '../../domain/rollout-target.ts';
import type { RevisionOrigin } from '../../drivers/driver-results.ts';
import { PlumblineError } from '../../util/errors.ts';
import type { ActivityDeps } from '../deps.ts';
import { repoOf } from '../pinned-config.ts';
import type { ToolWork } from '../tool-activity.ts';
import { refuseShared } from './refuse-shared.ts';
import { rollbackScope } from './rollback-scope.ts';

/** What of Git goes back with a workload. */
export interface UndoneInGit {
  toCommit: string;
  paths: readonly string[];
}

/** Attempts of a stack that are looked through. */
const MOST_ATTEMPTS = 1000;

/**
 * What of Git goes back with a workload's revision, which is nothing that other stacks read; null where no attempt of this
 * very stack is on record for the commit that the cluster names: what is noted there, anybody may have written.
 * @throws PlumblineError `rollback_shared`, and as `rollbackScope`
 */
export async function undoneInGit(
  deps: ActivityDeps,
  { repo: name, key }: { repo: string; key: string },
  { commit, file }: RevisionOrigin,
  work: ToolWork,
): Promise<UndoneInGit | null> {
  const { config, signal, progress } = work;
  const attempts = await deps.store.attempts.list({ repo: name, stackKey: key, limit: MOST_ATTEMPTS });
  if (commit === null || !attempts.some((attempt) => attempt.commit === commit)) return null;
  const call = { signal, onProgress: (message: string) => progress.step(message) };
  const repo = repoOf(config.settings, name);
  const recorded = () => Promise.resolve(true);
  const { commit: toCommit } = await config.git.resolve(repo, { commit, recorded }, call);
  const isThere =
    file !== null &&
    (await config.git.readFileAt(repo, { commit: toCommit, path: file }, call)) !== undefined;
  // Where a program makes it, or the file was another one then: all that the stack is made from.
  const asked = { repo: name, stacks: [key], environment: null };
  const paths = isThere ? [file] : (await rollbackScope(deps, asked, toCommit, work)).paths;
  await refuseShared(deps, { repo: name, keys: [key], paths, toCommit }, work);
  return { toCommit, paths };
}

/** The same for people, before they agree with it. */
export function undoneWords(undone: UndoneInGit | null, target: RolloutTarget): string {
  if (undone === null) return `${unknownOrigin(target).message} Git will have to be reverted by hand.`;
  const what = undone.paths.length === 0 ? 'The whole repository' : undone.paths.join(', ');
  return `Once the workload is available, Git is brought back, too: ${what}, to ${undone.toCommit.slice(0, 12)}.`;
}

/** Nobody knows where to. */
export function unknownOrigin(target: RolloutTarget): PlumblineError {
  return new PlumblineError(
    'revision_commit_unknown',
    `Nothing on record says which commit ${revisionWords(target)} of ${workloadWords(target)} was applied from: it was not Plumbline that did, or too long ago.`,
  );
}
