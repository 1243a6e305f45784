import type { Stack } from '../../domain/stack.ts';
import { PlumblineError } from '../../util/errors.ts';
import type { ActivityDeps } from '../deps.ts';
import { stacksAt } from '../discover-stacks.ts';
import { repoOf } from '../pinned-config.ts';
import { sourcesOf } from '../stack-sources.ts';
import type { ToolWork } from '../tool-activity.ts';

/** What of Git is to be brought back, and for whom. */
export interface WantedBack {
  repo: string;
  /** Keys of the stacks that are gone back with; what only these read is theirs. */
  keys: readonly string[];
  /** Files, folders and globs; empty: everything. */
  paths: readonly string[];
  toCommit: string;
}

/** What is said of paths and stacks that are shared. */
const MOST_NAMED = 3;

/**
 * Lets stacks go back in Git only with what nobody else reads: a file that is still as it was then is nobody's trouble, and one
 * that has changed since, and that another stack of the branch reads, would take that one back without anybody having asked.
 * @throws PlumblineError `rollback_shared`, which names the paths and the other stacks; nothing was changed
 */
export async function refuseShared(
  deps: ActivityDeps,
  { repo: name, keys, paths, toCommit }: WantedBack,
  work: ToolWork,
): Promise<void> {
  const { config, signal, progress } = work;
  const repo = repoOf(config.settings, name);
  const call = { signal, onProgress: (message: string) => progress.step(message) };
  const branch = repo.branch === null ? {} : { branch: repo.branch };
  const { commit: head } = await config.git.resolve(repo, branch, call);
  const range = { base: toCommit, commit: head, paths };
  const { files } = await config.git.changesSince(repo, range, call);
  if (files.length === 0) return;
  const tree = await config.git.checkout(repo, head, call);
  try {
    const { stacks } = await stacksAt(deps, repo, { commit: head, workTree: tree.path }, work);
    const shared = new Map<string, string[]>();
    for (const other of stacks) {
      if (keys.includes(other.key)) continue;
      const reads = await readBy(deps, config, other, { workTree: tree.path, signal });
      for (const file of files)
        if (reads.some((path) => isWithin(file, path)))
          shared.set(file, [...(shared.get(file) ?? []), other.key]);
    }
    if (shared.size > 0) throw sharedWith(shared, toCommit);
  } finally {
    await tree.release();
  }
}

/** A folder that a stack lies in, and that it may read from, is not its own. */
async function readBy(
  deps: ActivityDeps,
  config: ToolWork['config'],
  stack: Stack,
  at: { workTree: string; signal: AbortSignal },
): Promise<string[]> {
  const sources = await sourcesOf(deps, config, { stacks: [stack], ...at });
  return [stack.path, ...sources.filter((path) => path !== '.' && !stack.path.startsWith(`${path}/`))];
}

function isWithin(file: string, path: string): boolean {
  return path === '.' || file === path || file.startsWith(`${path}/`);
}

function sharedWith(shared: ReadonlyMap<string, readonly string[]>, toCommit: string): PlumblineError {
  const others = [...new Set([...shared.values()].flat())];
  const [files, readers] = [[...shared.keys()], others].map(named);
  return new PlumblineError(
    'rollback_shared',
    `Nothing was changed: ${files} would be brought back to ${toCommit.slice(0, 12)}, and ${readers} read that, too. Roll back all of them, or their environment; or revert it in Git by a commit of your own.`,
    { details: { paths: [...shared.keys()], stacks: others } },
  );
}

function named(names: readonly string[]): string {
  const more = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : '';
  return `${names.slice(0, MOST_NAMED).join(', ')}${more}`;
}
