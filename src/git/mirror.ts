import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PlumblineError, errorCode } from '../util/errors.ts';
import type { GitCallOptions, GitContext, Source } from './git-context.ts';
import { failureText } from './git-failure.ts';
import { localGit, type LocalGit } from './local-git.ts';
import { withLock } from './lock.ts';
import { networkGit } from './network-git.ts';
import { shownUrl } from './repo-url.ts';
import { markSeen } from './seen.ts';
import { mirrorLock } from './source-folder.ts';

/** Keeps a commit that was asked for from being cleaned away. */
export const COMMIT_REFS = 'refs/plumbline/commits/';
const FETCHED_REFS = 'refs/plumbline/fetched/';
/** The host's branches and tags, where the mirror holds its whole history. */
export const BRANCH_REFS = 'refs/plumbline/heads/';
export const TAG_REFS = 'refs/plumbline/tags/';
/** The host gives no single commits: this mirror holds the whole history. */
const WHOLE_MARK = 'plumbline-whole';
/** Git has made this repository to its end. */
const MADE_MARK = 'plumbline-made';

/** The host has a commit of that name nowhere. */
const NOT_THERE = /not our ref|remote error: .*(?:unknown|bad) object|no such remote ref/i;
/** The host has it perhaps, but gives only branches and tags, or no part of a history. */
const NOT_ALONE =
  /unadvertised object|want \S+ not valid|does not support shallow|dumb http transport does not support|--depth|not advertised|allow-(?:tip|reachable|any)-sha1/i;

/**
 * Runs `work` with a source's mirror, which it has to itself (across processes) meanwhile.
 * @param sha any commit of it: its length tells SHA-1 from SHA-256 repositories
 */
export async function withMirror<T>(
  context: GitContext,
  source: Source,
  sha: string,
  options: GitCallOptions,
  work: (mirror: LocalGit) => Promise<T>,
): Promise<T> {
  const open = async () => {
    await removeStaleLocks(source.folder.mirror);
    return await work(await openBare(context, source.folder.mirror, sha, options.signal));
  };
  return await withLock(mirrorLock(source.folder), open, options);
}

/** A git that was killed leaves its own locks, which nobody else would ever remove; the mirror is ours meanwhile. */
async function removeStaleLocks(mirror: string): Promise<void> {
  const top = await readdir(mirror).catch(() => []);
  const refs = await readdir(join(mirror, 'refs'), { recursive: true }).catch(() => []);
  for (const path of [...top, ...refs.map((ref) => join('refs', ref))]) {
    if (path.endsWith('.lock')) await rm(join(mirror, path), { force: true });
  }
}

/** Makes a bare repository; one that is there stays as it is. */
export async function openBare(
  context: GitContext,
  path: string,
  sha: string,
  signal?: AbortSignal,
): Promise<LocalGit> {
  await mkdir(path, { recursive: true });
  const git = localGit(context, path, signal);
  const made = join(path, MADE_MARK);
  if (existsSync(made)) return git;
  const format = sha.length === 64 ? 'sha256' : 'sha1';
  // Safe on a repository that is there, and finishes one that was cut short.
  await git([
    'init',
    '--bare',
    '--quiet',
    '--template=',
    '--initial-branch=main',
    `--object-format=${format}`,
  ]);
  await writeFile(made, '');
  return git;
}

/** The full name of a commit that the repository holds, or null. */
export async function findCommit(git: LocalGit, sha: string): Promise<string | null> {
  try {
    const found = await git(['rev-parse', '--verify', '--quiet', '--end-of-options', `${sha}^{commit}`]);
    return found.trim() || null;
  } catch (error) {
    if (errorCode(error) === 'cancelled') throw error;
    return null;
  }
}

/**
 * Makes sure that the mirror holds a commit, fetching that commit alone where the host allows it, else everything.
 * To be called within withMirror. Safe to run again.
 * @param sha a full name
 * @throws PlumblineError `commit_not_found`, and what networkGit throws
 */
export async function ensureCommit(
  context: GitContext,
  source: Source,
  mirror: LocalGit,
  sha: string,
  options: GitCallOptions,
): Promise<string> {
  let commit = await findCommit(mirror, sha);
  if (commit === null) {
    await fetchCommit(context, source, sha, options);
    commit = await findCommit(mirror, sha);
  }
  if (commit === null) throw commitNotFound(source, sha);
  await keepCommit(source, mirror, commit);
  return commit;
}

/** Fetches the newest commit of a branch (or of `HEAD`) and gives its name. To be called within withMirror. */
export async function fetchTip(
  context: GitContext,
  source: Source,
  mirror: LocalGit,
  ref: string,
  options: GitCallOptions,
): Promise<string> {
  // Not FETCH_HEAD: a git whose parent was killed may still be about to write it.
  const name = `${FETCHED_REFS}${randomUUID()}`;
  await fetchRef(context, source, `+${ref}:${name}`, options);
  const commit = await findCommit(mirror, name);
  await mirror(['update-ref', '-d', name]);
  if (commit === null) {
    throw new PlumblineError('commit_not_found', `${ref} of ${shownUrl(source.remote.url)} is no commit.`);
  }
  await keepCommit(source, mirror, commit);
  return commit;
}

async function keepCommit(source: Source, mirror: LocalGit, commit: string): Promise<void> {
  const ref = `${COMMIT_REFS}${commit}`;
  // One that was packed meanwhile is simply written again.
  if (!existsSync(join(source.folder.mirror, ref))) await mirror(['update-ref', ref, commit]);
  await markSeen(source.folder, commit);
}

async function fetchCommit(
  context: GitContext,
  source: Source,
  sha: string,
  options: GitCallOptions,
): Promise<void> {
  if (!isWhole(source)) {
    try {
      await fetchAlone(context, source, sha, options);
      return;
    } catch (error) {
      const text = failureText(error);
      if (NOT_THERE.test(text)) throw commitNotFound(source, sha, error);
      if (!NOT_ALONE.test(text)) throw error;
    }
  }
  await fetchWhole(context, source, options);
}

/** Fetches a branch (or HEAD) into a ref of ours, see fetchTip. */
async function fetchRef(
  context: GitContext,
  source: Source,
  refspec: string,
  options: GitCallOptions,
): Promise<void> {
  if (!isWhole(source)) {
    try {
      await fetchAlone(context, source, refspec, options);
      return;
    } catch (error) {
      if (!NOT_ALONE.test(failureText(error))) throw error;
      await fetchWhole(context, source, options);
    }
  }
  const args = ['fetch', '--progress', '--no-tags', '--', source.remote.url, refspec];
  await networkGit(context, source, source.folder.mirror, args, options);
}

async function fetchAlone(
  context: GitContext,
  source: Source,
  what: string,
  options: GitCallOptions,
): Promise<void> {
  const args = ['fetch', '--progress', '--no-tags', '--depth=1', '--', source.remote.url, what];
  await networkGit(context, source, source.folder.mirror, args, options);
}

/** Fetches all branches and tags with their history. To be called within withMirror. */
export async function fetchWhole(
  context: GitContext,
  source: Source,
  options: GitCallOptions,
): Promise<void> {
  const { mirror } = source.folder;
  context.log.info(
    { repo: source.repo.name },
    'the host gives no single commits: fetching the whole repository',
  );
  const unshallow = existsSync(join(mirror, 'shallow')) ? ['--unshallow'] : [];
  const refs = [`+refs/heads/*:${BRANCH_REFS}*`, `+refs/tags/*:${TAG_REFS}*`];
  const args = [
    'fetch',
    '--progress',
    '--no-tags',
    '--prune',
    ...unshallow,
    '--',
    source.remote.url,
    ...refs,
  ];
  await networkGit(context, source, mirror, args, options);
  await writeFile(join(mirror, WHOLE_MARK), '');
}

/** Whether the host gave no single commits, so that the mirror holds its whole history. */
export function isWhole(source: Source): boolean {
  return existsSync(join(source.folder.mirror, WHOLE_MARK));
}

/** The error for a commit that the host doesn't have. */
export function commitNotFound(source: Source, sha: string, cause?: unknown): PlumblineError {
  return new PlumblineError(
    'commit_not_found',
    `Commit ${sha} is not in ${shownUrl(source.remote.url)}. It may have been removed by a force push, or belong to another repository.`,
    { cause, details: { commit: sha, repo: source.repo.name } },
  );
}
