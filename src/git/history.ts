import { PlumblineError } from '../util/errors.ts';
import type { GitCallOptions, GitContext, Source } from './git-context.ts';
import { failureText } from './git-failure.ts';
import { streamLocalGit } from './local-git.ts';
import { withLock } from './lock.ts';
import { COMMIT_REFS, commitNotFound, openBare } from './mirror.ts';
import { networkGit } from './network-git.ts';
import { shownUrl } from './repo-url.ts';
import { listHeads } from './remote-refs.ts';
import { mirrorLock } from './source-folder.ts';

const NO_FILTER = /does not support.*filter|filter.*not support|dumb http transport/i;
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
  const found = await withLock(
    mirrorLock(source.folder),
    async () => {
      await openBare(context, source.folder.history, head.sha, options.signal);
      await openBare(context, source.folder.mirror, head.sha, options.signal);
      await fetchGraph(context, source, options);
      return new Set([
        ...(await matching(context, source.folder.history, ['rev-list', '--all'], prefix, options)),
        // Commits that a force push removed, but that were scanned before.
        ...(await matching(
          context,
          source.folder.mirror,
          ['for-each-ref', '--format=%(objectname)', COMMIT_REFS],
          prefix,
          options,
        )),
      ]);
    },
    options,
  );
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

async function fetchGraph(context: GitContext, source: Source, options: GitCallOptions): Promise<void> {
  const refs = ['+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*'];
  const fetch = async (extra: readonly string[]) => {
    const args = ['fetch', '--progress', '--no-tags', '--prune', ...extra, '--', source.remote.url, ...refs];
    await networkGit(context, source, source.folder.history, args, options);
  };
  try {
    await fetch(['--filter=tree:0']);
  } catch (error) {
    if (!NO_FILTER.test(failureText(error))) throw error;
    await fetch([]);
  }
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
