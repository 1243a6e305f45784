import { mkdir } from 'node:fs/promises';
import { resolve as resolvePath } from 'node:path';
import type { CommitSettings, LocalSecrets, RepoSettings } from '../domain/settings.ts';
import type { Redactor } from '../util/redact.ts';
import { checkOut, type Checkout } from './checkout.ts';
import { changesSince, type ChangesSince } from './commits/changes-since.ts';
import { readCodeOwners, readCodeOwnersBefore, readFileAt } from './commits/read-file.ts';
import { appendToRef, readRefLog } from './commits/ref-log.ts';
import { revertPaths, type Revert, type Reverted } from './commits/revert-paths.ts';
import { samePaths } from './commits/same-paths.ts';
import { unsignedCommits, type UnsignedCommit } from './commits/unsigned-commits.ts';
import {
  DEFAULT_GIT_LIMITS,
  type GitCallOptions,
  type GitContext,
  type GitLimits,
  type GitLog,
  type Source,
} from './git-context.ts';
import { createGithubAppTokens } from './github-app.ts';
import { createRangeCache } from './range-cache.ts';
import { createRecentTips } from './recent-tips.ts';
import { checkBranchName, parseCommitName } from './ref-name.ts';
import { askTip } from './remote-refs.ts';
import { parseRepoUrl } from './repo-url.ts';
import { resolveBranch, resolveCommit, type ResolvedCommit } from './resolve.ts';
import { sourceFolder } from './source-folder.ts';
import { sweepCache, type SweepResult } from './sweep.ts';
import { PlumblineError } from '../util/errors.ts';

/** Ranges of commits that are kept in memory: those of the tasks that run just now. */
const RANGES_KEPT = 16;
/** Branches whose newest commit is kept in memory, for those who ask for it within seconds. */
const TIPS_KEPT = 200;

export interface GitCacheOptions {
  /** Where everything is kept; made when it isn't there. Several processes of one machine may share it. */
  rootDir: string;
  /** Finds the program git, 2.31 or newer (git-environment.ts speaks to no older one). Asked before the first use, until it answers. */
  program: () => Promise<string>;
  secrets: LocalSecrets;
  /** Whether local paths and file URLs may be read (`git: {allow_local: true}`). */
  allowLocal: boolean;
  /** Learns every token before it is used. */
  redactor: Redactor;
  log: GitLog;
  /** What git and ssh get of this process's environment. */
  baseEnv: Readonly<Record<string, string>>;
  limits?: Partial<GitLimits>;
}

/**
 * Repositories as this machine knows them. All calls may be made at once, from several processes, and again.
 * Errors are PlumblineErrors: `auth_failed`, `secret_missing`, `repo_not_found`, `repo_empty`, `commit_not_found`,
 * `git_url_refused`, `git_ref_refused`, `git_unsafe_tree`, `cancelled`, and `git_failed`, which mostly is worth a retry.
 */
export interface GitCache {
  /**
   * Finds the commit that is meant: the given one (full or abbreviated SHA), else the newest of the branch (the given one,
   * the repo's, or the host's default), and fetches it. A given commit must be one that a branch or a tag leads to, or that
   * `recorded` (asked with its full SHA) says was so once. With `maxAgeMs`, what the host said of the branch, or failed with, may be
   * that old, and callers at the same time share one request.
   */
  resolve(
    repo: RepoSettings,
    wanted: {
      commit?: string | undefined;
      branch?: string | null | undefined;
      maxAgeMs?: number | undefined;
      recorded?: ((commit: string) => Promise<boolean>) | undefined;
    },
    options?: GitCallOptions,
  ): Promise<ResolvedCommit>;
  /** What the host says the repo's branch, or its default one, is at. Nothing is fetched. */
  tip(repo: RepoSettings, options?: GitCallOptions): Promise<{ commit: string }>;
  /** The files of a commit, read-only and shared; kept until they are released. `commit` is a full SHA. */
  checkout(repo: RepoSettings, commit: string, options?: GitCallOptions): Promise<Checkout>;
  /** See changesSince in commits/. All commits are full SHAs, here and below. */
  changesSince(
    repo: RepoSettings,
    range: { base: string | null; commit: string; paths: readonly string[] },
    options?: GitCallOptions,
  ): Promise<ChangesSince>;
  /** A file's text at a commit; undefined when it has none. At most 1 MiB, else `file_too_large`. */
  readFileAt(
    repo: RepoSettings,
    at: { commit: string; path: string },
    options?: GitCallOptions,
  ): Promise<string | undefined>;
  /** The CODEOWNERS file that counts at a commit: of `.github/`, the root and `docs/` the first. */
  readCodeOwners(
    repo: RepoSettings,
    commit: string,
    options?: GitCallOptions,
  ): Promise<{ path: string; text: string } | undefined>;
  /** The same as it was before that commit. */
  readCodeOwnersBefore(
    repo: RepoSettings,
    commit: string,
    options?: GitCallOptions,
  ): Promise<{ path: string; text: string } | undefined>;
  /** Commits after `base` up to `commit` that nobody trusted signed; base null, or `touching`: of those that touched `paths`. */
  unsignedCommits(
    repo: RepoSettings,
    range: { base: string | null; commit: string; paths?: readonly string[]; touching?: boolean },
    commits: CommitSettings,
    options?: GitCallOptions,
  ): Promise<UnsignedCommit[]>;
  /** Pushes a commit that restores paths, see revertPaths in commits/. Only this and appendToRef change something on a host. */
  revertPaths(
    repo: RepoSettings,
    revert: Revert,
    commits: CommitSettings,
    options?: GitCallOptions,
  ): Promise<Reverted>;
  /** Whether two commits have the same content below these paths; see samePaths in commits/. */
  samePaths(
    repo: RepoSettings,
    at: { commit: string; other: string; paths: readonly string[] },
    options?: GitCallOptions,
  ): Promise<boolean>;
  /** Adds a commit with this message on top of a ref, see appendToRef in commits/. */
  appendToRef(
    repo: RepoSettings,
    entry: { ref: string; message: string },
    commits: CommitSettings,
    options?: GitCallOptions,
  ): Promise<void>;
  /** The messages of a ref's commits, oldest first; empty where it is not there. */
  readRefLog(repo: RepoSettings, log: { ref: string }, options?: GitCallOptions): Promise<string[]>;
  /** Removes what is old, too much and unused. */
  sweep(options?: GitCallOptions): Promise<SweepResult>;
}

/** Opens the cache of repositories under `rootDir`; nothing is read or fetched yet. */
export function createGitCache(options: GitCacheOptions): GitCache {
  const ready = contextOnce(options);
  const tips = createRecentTips<ResolvedCommit>(TIPS_KEPT, () => performance.now());
  const open = async (repo: RepoSettings): Promise<[GitContext, Source]> => {
    const context = await ready();
    const remote = parseRepoUrl(repo.url, context);
    const folder = sourceFolder(context.rootDir, repo.name, remote.url);
    await mkdir(folder.path, { recursive: true });
    return [context, { repo, remote, folder }];
  };
  return {
    resolve: async (repo, wanted, callOptions = {}) => {
      const opened = await open(repo);
      const branch = wanted.branch ?? repo.branch;
      const { commit, maxAgeMs, recorded } = wanted;
      if (commit !== undefined) {
        const named = { commit, branch: wanted.branch ?? null, recorded };
        return await resolveCommit(...opened, named, callOptions);
      }
      if (maxAgeMs === undefined) return await resolveBranch(...opened, branch, callOptions);
      const key = `${opened[1].folder.path}\n${branch ?? ''}`;
      const ask = (signal: AbortSignal) => resolveBranch(...opened, branch, { ...callOptions, signal });
      return await tips.ask(key, maxAgeMs, ask, callOptions);
    },
    tip: async (repo, callOptions = {}) => {
      if (repo.branch !== null) checkBranchName(repo.branch);
      const { sha } = await askTip(...(await open(repo)), repo.branch, callOptions);
      return { commit: sha };
    },
    checkout: async (repo, commit, callOptions = {}) =>
      await checkOut(...(await open(repo)), fullSha(commit), callOptions),
    changesSince: async (repo, range, callOptions = {}) =>
      await changesSince(...(await open(repo)), { ...range, ...fullRange(range) }, callOptions),
    readFileAt: async (repo, { commit, path }, callOptions = {}) =>
      await readFileAt(...(await open(repo)), { commit: fullSha(commit), path }, callOptions),
    readCodeOwners: async (repo, commit, callOptions = {}) =>
      await readCodeOwners(...(await open(repo)), fullSha(commit), callOptions),
    readCodeOwnersBefore: async (repo, commit, callOptions = {}) =>
      await readCodeOwnersBefore(...(await open(repo)), fullSha(commit), callOptions),
    unsignedCommits: async (repo, { paths, touching, ...range }, commits, callOptions = {}) => {
      const asked = { ...fullRange(range), paths, touching };
      return await unsignedCommits(...(await open(repo)), asked, commits, callOptions);
    },
    revertPaths: async (repo, revert, commits, callOptions = {}) => {
      const toCommit = fullSha(revert.toCommit);
      return await revertPaths(...(await open(repo)), { ...revert, toCommit }, commits, callOptions);
    },
    samePaths: async (repo, { commit, other, paths }, callOptions = {}) => {
      const at = { commit: fullSha(commit), other: fullSha(other), paths };
      return await samePaths(...(await open(repo)), at, callOptions);
    },
    appendToRef: async (repo, entry, commits, callOptions = {}) =>
      await appendToRef(...(await open(repo)), entry, commits, callOptions),
    readRefLog: async (repo, log, callOptions = {}) =>
      await readRefLog(...(await open(repo)), log, callOptions),
    sweep: async (callOptions = {}) => await sweepCache(await ready(), Date.now(), callOptions),
  };
}

/** What the parts share, once git is found; a search that failed is made again by the next call. */
function contextOnce(options: GitCacheOptions): () => Promise<GitContext> {
  const parts: Omit<GitContext, 'program'> = {
    rootDir: resolvePath(options.rootDir),
    baseEnv: options.baseEnv,
    secrets: options.secrets,
    allowLocal: options.allowLocal,
    redactor: options.redactor,
    log: options.log,
    limits: { ...DEFAULT_GIT_LIMITS, ...options.limits },
    githubTokens: createGithubAppTokens({ redactor: options.redactor }),
    ranges: createRangeCache(RANGES_KEPT),
  };
  let finding: Promise<GitContext> | null = null;
  const find = async (): Promise<GitContext> => {
    try {
      return { ...parts, program: await options.program() };
    } catch (error) {
      finding = null;
      throw error;
    }
  };
  return async () => await (finding ??= find());
}

function fullRange({ base, commit }: { base: string | null; commit: string }) {
  return { base: base === null ? null : fullSha(base), commit: fullSha(commit) };
}

function fullSha(commit: string): string {
  const { sha, full } = parseCommitName(commit);
  if (full) return sha;
  throw new PlumblineError('git_ref_refused', `Commit ${commit} is abbreviated: resolve it first.`);
}
