import { PlumblineError, errorCode } from '../../util/errors.ts';
import type { GitCallOptions, GitContext, Source } from '../git-context.ts';
import { failureText } from '../git-failure.ts';
import { networkGit } from '../network-git.ts';
import { askRef, BRANCHES } from '../remote-refs.ts';
import { shownUrl } from '../repo-url.ts';

/** Somebody else was faster: what is pushed must be made anew on top of theirs. */
const OVERTAKEN =
  /\[rejected\].*\((?:fetch first|non-fast-forward|stale info)\)|\[remote rejected\].*\((?:cannot lock ref|failed to (?:lock|update ref)|incorrect old value)/i;
/** The host got it, and didn't want it. */
const REFUSED = /\[remote rejected\]|\[rejected\]|pre-receive hook declined|protected branch/i;
/** The host's own words, and the reason it gave for the branch. */
const WORDS = /^(?:remote: *(.*?)|\s*! \[.*\((.*)\))\s*$/;
const LONGEST_WORDS = 1000;

/** Of every push: what the machine's configuration could add to it is left out. */
const PUSH = [
  'push',
  '--progress',
  '--no-force',
  '--no-signed',
  '--no-follow-tags',
  '--no-recurse-submodules',
];

/**
 * Pushes one commit to a ref, whose newest commit is its parent. Never a force push.
 * @param folder a repository that holds the commit
 * @param ref its full name
 * @returns false when the ref moved meanwhile
 * @throws PlumblineError `push_refused` with the host's words, and what networkGit throws
 */
export async function pushCommit(
  context: GitContext,
  source: Source,
  { folder, commit, ref }: { folder: string; commit: string; ref: string },
  options: GitCallOptions,
): Promise<boolean> {
  const args = [...PUSH, '--', source.remote.url, `${commit}:${ref}`];
  try {
    await networkGit(context, source, folder, args, { ...options, writes: true });
    return true;
  } catch (error) {
    const text = failureText(error);
    if (OVERTAKEN.test(text)) return false;
    if (REFUSED.test(text)) throw pushRefused(source, ref, text, error);
    // The answer may have been lost on its way back.
    if (errorCode(error) === 'git_failed' && (await isAt(context, source, ref, commit, options))) return true;
    throw error;
  }
}

async function isAt(
  context: GitContext,
  source: Source,
  ref: string,
  commit: string,
  options: GitCallOptions,
): Promise<boolean> {
  return (await askRef(context, source, ref, options).catch(() => null)) === commit;
}

function pushRefused(source: Source, ref: string, text: string, cause: unknown): PlumblineError {
  const words = text
    .split('\n')
    .flatMap((line) => {
      const match = WORDS.exec(line);
      return match?.[1] || match?.[2] || [];
    })
    .join('\n')
    .slice(0, LONGEST_WORDS);
  const branch = ref.startsWith(BRANCHES) ? ref.slice(BRANCHES.length) : ref;
  const url = shownUrl(source.remote.url);
  return new PlumblineError(
    'push_refused',
    `${url} refused the commit on branch ${branch}. It says: ${words}`,
    { cause, details: { url, branch, words } },
  );
}
