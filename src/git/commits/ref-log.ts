import { join } from 'node:path';
import type { CommitSettings } from '../../domain/settings.ts';
import { PlumblineError } from '../../util/errors.ts';
import type { GitCallOptions, GitContext, Source } from '../git-context.ts';
import { withLock } from '../lock.ts';
import { openBare } from '../mirror.ts';
import { networkGit } from '../network-git.ts';
import { askRef, listHeads } from '../remote-refs.ts';
import { shownUrl } from '../repo-url.ts';
import { makeCommit, signingConfig } from './make-commit.ts';
import { pushCommit } from './push-commit.ts';
import { repoGit, type RepoGit } from './repo-git.ts';

/** How often an entry is made anew when others push to the ref meanwhile. */
const MOST_TRIES = 5;

/** A ref whose commits' messages are the entries of a log. */
export interface RefLog {
  /** The full name, such as `refs/heads/plumbline-audit`. */
  ref: string;
}

/**
 * Adds an entry: a commit with this message on top of what the host has there, whose files stay as they are. Never a force push.
 * Not safe to run again: an entry may then be there twice.
 * @throws PlumblineError `push_refused`, `push_overtaken`, and what makeCommit and networkGit throw
 */
export async function appendToRef(
  context: GitContext,
  source: Source,
  { ref, message }: RefLog & { message: string },
  commits: CommitSettings,
  options: GitCallOptions,
): Promise<void> {
  await withRefLog(
    context,
    source,
    ref,
    options,
    async ({ folder, git, fetch }) => {
      for (let tries = 0; tries < MOST_TRIES; tries += 1) {
        const tip = await fetch();
        const tree = tip === null ? await emptyTree(git) : await treeOf(git, tip);
        const author = { name: commits.authorName, email: commits.authorEmail };
        const commit = await makeCommit(git, { tree, parent: tip, message, author }, commits);
        if (await pushCommit(context, source, { folder, commit, ref }, options)) return;
      }
      const url = shownUrl(source.remote.url);
      throw new PlumblineError(
        'push_overtaken',
        `Others pushed to ${ref} of ${url} each time before Plumbline could. Let it be the only one who writes there.`,
        { retryable: true, details: { url, ref } },
      );
    },
    signingConfig(commits),
  );
}

/**
 * The messages of all commits of a ref, oldest first; empty where the host has no such ref. Safe to run again.
 * @throws PlumblineError as networkGit does
 */
export async function readRefLog(
  context: GitContext,
  source: Source,
  { ref }: RefLog,
  options: GitCallOptions,
): Promise<string[]> {
  return await withRefLog(context, source, ref, options, async ({ git, fetch }) => {
    const tip = await fetch();
    if (tip === null) return [];
    const { stdout } = await git(['log', '-z', '--reverse', '--format=%B', tip, '--']);
    return stdout
      .split('\0')
      .map((message) => message.trim())
      .filter((message) => message !== '');
  });
}

interface OpenRefLog {
  folder: string;
  git: RepoGit;
  /** Fetches what the host has, and gives its commit; null: it has no such ref. */
  fetch: () => Promise<string | null>;
}

/** A repository of its own, which has the history of such refs and nothing else; one process at a time. */
async function withRefLog<T>(
  context: GitContext,
  source: Source,
  ref: string,
  options: GitCallOptions,
  work: (log: OpenRefLog) => Promise<T>,
  config: ReturnType<typeof signingConfig> = [],
): Promise<T> {
  const folder = join(source.folder.path, 'logs.git');
  const open = async (): Promise<T> => {
    const first = await askRef(context, source, ref, options);
    const any = first ?? (await listHeads(context, source, options))[0]?.sha ?? '';
    await openBare(context, folder, any, options.signal);
    const git = repoGit(context, folder, { signal: options.signal, config });
    const fetch = async (): Promise<string | null> => {
      const tip = await askRef(context, source, ref, options);
      if (tip === null) return null;
      const args = ['fetch', '--progress', '--no-tags', '--', source.remote.url, `+${ref}:${ref}`];
      await networkGit(context, source, folder, args, options);
      return (await git(['rev-parse', '--verify', '--quiet', `${ref}^{commit}`])).stdout.trim();
    };
    return await work({ folder, git, fetch });
  };
  return await withLock(join(source.folder.locks, 'logs.lock'), open, options);
}

async function emptyTree(git: RepoGit): Promise<string> {
  return (await git(['mktree'], { input: '' })).stdout.trim();
}

async function treeOf(git: RepoGit, commit: string): Promise<string> {
  return (await git(['rev-parse', '--verify', `${commit}^{tree}`])).stdout.trim();
}
