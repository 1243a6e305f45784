import { PlumblineError } from '../util/errors.ts';
import type { GitCallOptions, GitContext, Source } from './git-context.ts';
import { streamLocalGit } from './local-git.ts';
import {
  BRANCH_REFS,
  COMMIT_REFS,
  TAG_REFS,
  commitNotFound,
  ensureCommit,
  fetchWhole,
  isWhole,
  openBare,
  withMirror,
} from './mirror.ts';
import { networkGit } from './network-git.ts';
import { shownUrl } from './repo-url.ts';
import { listHeads } from './remote-refs.ts';

const SCANNED = ['for-each-ref', '--format=%(objectname)', COMMIT_REFS];
const SHOWN = 5;

/**
 * The full name of the one commit that an abbreviation stands for. Only the whole graph of commits can tell whether there
 * is just one, so it is fetched: the commits without their files where the host can do that (a partial clone), else all.
 * @throws PlumblineError `commit_not_found` when none or several fit, and what networkGit throws
 */
export async function lookUpAbbreviation(
  context: GitContext,
  source: Source,
  prefix: string,
  options: GitCallOptions,
): Promise<string> {
  const [head] = await listHeads(context, source, options);
  if (head === undefined) throw commitNotFound(source, prefix);
  const found = await withMirror(context, source, head.sha, options, async (mirror) => {
    // Also tells whether the host gives parts of a history at all.
    await ensureCommit(context, source, mirror, head.sha, options);
    const graph = await fetchGraph(context, source, head.sha, options);
    return new Set([
      ...(await matching(context, graph.folder, ['rev-list', '--all'], prefix, options)),
      // Commits that a force push removed, but that were scanned before.
      ...(await matching(context, source.folder.mirror, SCANNED, prefix, options)),
    ]);
  });
  const [only, ...others] = [...found].sort();
  if (only === undefined) throw commitNotFound(source, prefix);
  if (others.length === 0) return only;
  const shown = [only, ...others].slice(0, SHOWN).join(', ');
  throw new PlumblineError(
    'commit_not_found',
    `Commit ${prefix} is ambiguous in ${shownUrl(source.remote.url)}: ${found.size} commits start so (${shown}). Give more digits.`,
    { details: { commit: prefix, candidates: found.size } },
  );
}

/** A repository of ours that holds all commits of the host's branches and tags. */
export interface CommitGraph {
  /** Absolute. */
  folder: string;
  /** Where those branches and tags stand in it. */
  refs: readonly string[];
}

/** Where the graph of commits is, as far as it was fetched; the folder need not be there yet. */
export function graphOf(source: Source): CommitGraph {
  if (isWhole(source)) return { folder: source.folder.mirror, refs: [BRANCH_REFS, TAG_REFS] };
  return { folder: source.folder.history, refs: ['refs/heads/', 'refs/tags/'] };
}

/**
 * Brings the graph up to date. Not asked for a part of it: a host that gives none (with a plain web server, git 2.39 starts
 * itself anew for what the filter left out, without end). To be called within withMirror.
 * @param sha any commit of it: its length tells SHA-1 from SHA-256 repositories
 */
export async function fetchGraph(
  context: GitContext,
  source: Source,
  sha: string,
  options: GitCallOptions,
): Promise<CommitGraph> {
  const { history } = source.folder;
  if (isWhole(source)) {
    await fetchWhole(context, source, options);
    return graphOf(source);
  }
  await openBare(context, history, sha, options.signal);
  const refs = ['+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*'];
  // A host that can't filter says so and sends all.
  const args = [
    'fetch',
    '--progress',
    '--no-tags',
    '--prune',
    '--filter=tree:0',
    '--',
    source.remote.url,
    ...refs,
  ];
  await networkGit(context, source, history, args, options);
  return graphOf(source);
}

async function matching(
  context: GitContext,
  repository: string,
  args: readonly string[],
  prefix: string,
  options: GitCallOptions,
): Promise<string[]> {
  const found: string[] = [];
  await streamLocalGit(context, repository, args, options.signal, (line) => {
    if (line.startsWith(prefix)) found.push(line.trim());
  });
  return found;
}
