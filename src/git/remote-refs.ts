import { PlumblineError } from '../util/errors.ts';
import type { GitCallOptions, GitContext, Source } from './git-context.ts';
import { networkGit } from './network-git.ts';
import { shownUrl } from './repo-url.ts';

/** Where branches stand in the names of refs. */
export const BRANCHES = 'refs/heads/';
const SHOWN_BRANCHES = 10;

/** A branch, or `HEAD` where the host doesn't say which branch that is, and the commit it is at. */
export interface RemoteTip {
  ref: string;
  sha: string;
}

/**
 * What the host says a branch (or its default, for null) is at, without fetching anything.
 * @param branch a name that was checked
 * @throws PlumblineError `repo_empty`, `commit_not_found` (no such branch), and what networkGit throws
 */
export async function askTip(
  context: GitContext,
  source: Source,
  branch: string | null,
  options: GitCallOptions,
): Promise<RemoteTip> {
  const wanted = branch === null ? 'HEAD' : `${BRANCHES}${branch}`;
  const answer = await lsRemote(context, source, ['--symref', '--', source.remote.url, wanted], options);
  const sha = answer.refs.get(wanted);
  if (sha !== undefined) return { ref: answer.symrefs.get(wanted) ?? wanted, sha };

  const url = shownUrl(source.remote.url);
  const heads = await listHeads(context, source, options);
  if (heads.length === 0) {
    throw new PlumblineError('repo_empty', `${url} has no commits yet: push one, then scan again.`);
  }
  const names = heads.slice(0, SHOWN_BRANCHES).map(({ ref }) => ref.slice(BRANCHES.length));
  const rest = heads.length > SHOWN_BRANCHES ? ` and ${heads.length - SHOWN_BRANCHES} more` : '';
  const what = branch === null ? 'no commits on its default branch; set "branch"' : `no branch ${branch}`;
  throw new PlumblineError(
    'commit_not_found',
    `${url} has ${what}. Its branches: ${names.join(', ')}${rest}.`,
  );
}

/** The commit that any ref of the host is at, by its full name; null where it has none of that name. */
export async function askRef(
  context: GitContext,
  source: Source,
  ref: string,
  options: GitCallOptions,
): Promise<string | null> {
  const answer = await lsRemote(context, source, ['--', source.remote.url, ref], options);
  return answer.refs.get(ref) ?? null;
}

/** All branches of the host; empty for an empty repository. */
export async function listHeads(
  context: GitContext,
  source: Source,
  options: GitCallOptions,
): Promise<RemoteTip[]> {
  const answer = await lsRemote(context, source, ['--heads', '--', source.remote.url], options);
  return Array.from(answer.refs, ([ref, sha]) => ({ ref, sha }));
}

/** The commits that the host's branches are at, then those of its tags; a tag with a message also counts as what it stands on. */
export async function listTips(
  context: GitContext,
  source: Source,
  options: GitCallOptions,
): Promise<RemoteTip[]> {
  const answer = await lsRemote(context, source, ['--heads', '--tags', '--', source.remote.url], options);
  const tips = Array.from(answer.refs, ([ref, sha]) => ({ ref, sha }));
  return [
    ...tips.filter(({ ref }) => ref.startsWith(BRANCHES)),
    ...tips.filter(({ ref }) => !ref.startsWith(BRANCHES)),
  ];
}

async function lsRemote(
  context: GitContext,
  source: Source,
  args: readonly string[],
  options: GitCallOptions,
) {
  const output = await networkGit(context, source, context.rootDir, ['ls-remote', ...args], options);
  const refs = new Map<string, string>();
  const symrefs = new Map<string, string>();
  for (const line of output.split('\n')) {
    const [left = '', ref] = line.split('\t');
    if (ref === undefined) continue;
    if (left.startsWith('ref: ')) symrefs.set(ref, left.slice('ref: '.length));
    else refs.set(ref, left);
  }
  return { refs, symrefs };
}
