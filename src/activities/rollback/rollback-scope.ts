import { environmentName } from '../../domain/environment.ts';
import { findEnvironment } from '../../domain/environments.ts';
import type { EnvironmentSettings } from '../../domain/eligibility/policy.ts';
import type { PublishedSettings } from '../../domain/settings.ts';
import type { Stack } from '../../domain/stack.ts';
import { joinedPaths } from '../../domain/stack-paths.ts';
import { UNKNOWN_KIND } from '../../drivers/find-stacks.ts';
import { PlumblineError } from '../../util/errors.ts';
import type { ActivityDeps } from '../deps.ts';
import { stacksAt } from '../discover-stacks.ts';
import { repoOf } from '../pinned-config.ts';
import { policyFor } from '../stack-facts.ts';
import { sourcesOf } from '../stack-sources.ts';
import type { ToolWork } from '../tool-activity.ts';

/** What a rollback is about. */
export interface RollbackScope {
  /** Files, folders and globs that are restored; empty: everything. */
  paths: readonly string[];
  /** The stacks that it touches, as they are known now or were then. */
  stacks: readonly Stack[];
  /** Keys of those that did not exist then. */
  gone: readonly string[];
}

interface Asked {
  repo: string;
  stacks: string[] | null;
  environment: string | null;
}

/**
 * The stacks that a rollback is about, and all that their plans read of the repository: their folders, the folders that
 * their environment draws on, the modules that they used at that commit, and the var files. Stacks that were deleted since
 * count as well.
 * @throws PlumblineError `stack_not_found`
 */
export async function rollbackScope(
  deps: ActivityDeps,
  asked: Asked,
  toCommit: string,
  work: ToolWork,
): Promise<RollbackScope> {
  const { config, signal, progress } = work;
  const repo = repoOf(config.settings, asked.repo);
  const call = { signal, onProgress: (message: string) => progress.step(message) };
  const tree = await config.git.checkout(repo, toCommit, call);
  try {
    const at = { commit: toCommit, workTree: tree.path };
    const { stacks: found } = await stacksAt(deps, repo, at, work);
    const then = choose(
      config.settings,
      asked,
      found.filter(({ kind }) => kind !== UNKNOWN_KIND),
    );
    const known = choose(config.settings, asked, await deps.store.stacks.list(asked.repo));
    const missing = (asked.stacks ?? []).find((wanted) => !then.some((stack) => isNamed(stack, wanted)));
    if (missing !== undefined || then.length + known.length === 0)
      throw nothingThere(asked, missing, toCommit);
    const gone = known.filter(({ key }) => !then.some((stack) => stack.key === key));
    const read = await sourcesOf(deps, config, { stacks: then, workTree: tree.path, signal });
    // A folder that a stack lies in holds what others own: that it may be read from is no reason to restore it.
    const sources = read.filter((path) => !then.some((stack) => isAbove(path, stack.path)));
    const folders = foldersOf(config.settings, asked, [...then, ...gone]);
    return {
      paths: joinedPaths([...folders, ...sources, ...config.settings.scan.varFiles]),
      stacks: [...then, ...gone],
      gone: gone.map(({ key }) => key),
    };
  } finally {
    await tree.release();
  }
}

function isAbove(folder: string, path: string): boolean {
  return path !== folder && (folder === '.' || path.startsWith(`${folder}/`));
}

function choose<S extends Pick<Stack, 'key' | 'path'>>(
  settings: PublishedSettings,
  { repo, stacks, environment }: Asked,
  known: readonly S[],
): S[] {
  const name = environment === null ? null : environmentCalled(settings, environment);
  return known
    .filter((stack) => stacks === null || stacks.some((wanted) => isNamed(stack, wanted)))
    .filter((stack) => name === null || policyFor(settings, { job: { repo }, stack }).environment === name);
}

function environmentCalled({ environments }: PublishedSettings, word: string): string {
  return findEnvironment(environments, word)?.name ?? environmentName(word);
}

function isNamed({ key, path }: Pick<Stack, 'key' | 'path'>, wanted: string): boolean {
  return key === wanted || path === wanted;
}

function nothingThere({ repo }: Asked, missing: string | undefined, toCommit: string): PlumblineError {
  const what = missing === undefined ? 'no stack that was asked for' : `no stack "${missing}"`;
  return new PlumblineError(
    'stack_not_found',
    `${repo} had ${what} at commit ${toCommit.slice(0, 12)}. The rollback was not begun, and Git is as it was.`,
  );
}

/** The folders of the stacks and, of a whole environment, all that it draws on, files that are in no stack among them. */
function foldersOf(
  settings: PublishedSettings,
  { repo, stacks: named, environment }: Asked,
  stacks: readonly Stack[],
): string[] {
  const own = stacks.map(({ path }) => path);
  if (environment === null || named !== null) return own;
  const known = findEnvironment(settings.environments, environment);
  return [...own, ...sourcePaths(known, repo)];
}

function sourcePaths(environment: EnvironmentSettings | undefined, repo: string): string[] {
  const sources = (environment?.sources ?? []).filter(
    (source) => source.repo === null || source.repo === repo,
  );
  // A source without paths is the whole of its repo.
  return sources.flatMap(({ paths }) => (paths.length === 0 ? ['.'] : paths));
}
