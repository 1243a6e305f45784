import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { RepoSettings } from '../../src/domain/settings.ts';
import { createGitCache, type GitCache, type GitCacheOptions } from '../../src/git/git-cache.ts';
import { PlumblineError } from '../../src/util/errors.ts';
import { createRedactor } from '../../src/util/redact.ts';

const run = promisify(execFile);

/** The environment of the tests' own git: nobody's configuration, a fixed author and date. */
export function testGitEnv(home: string): Record<string, string> {
  return {
    PATH: process.env.PATH ?? '/usr/bin:/bin',
    HOME: home,
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_AUTHOR_NAME: 'Test',
    GIT_AUTHOR_EMAIL: 'test@example.com',
    GIT_COMMITTER_NAME: 'Test',
    GIT_COMMITTER_EMAIL: 'test@example.com',
  };
}

/** A file's content, or a link to somewhere. */
export type TestFile = string | Buffer | { link: string };

/** A real Git repository that tests write to as other people would. */
export interface TestRepo {
  /** Of the bare repository: what is fetched from. */
  path: string;
  /** Writes (null removes), commits on a branch (`main` when not given) and pushes. Gives the commit's full SHA. */
  commit(
    files: Record<string, TestFile | null>,
    options?: { branch?: string; message?: string },
  ): Promise<string>;
  /** Makes a branch at another one's commit, or at a commit. */
  branch(name: string, from?: string): Promise<void>;
  /** Moves a branch to a commit that doesn't follow from it. Its old commits are gone from the host. */
  forcePush(branch: string, files: Record<string, TestFile>): Promise<string>;
  /** What `git` says, in the bare repository. */
  git(args: readonly string[], input?: string): Promise<string>;
  remove(): Promise<void>;
}

/** A new, empty repository in a temporary folder, with `main` as its default branch. */
export async function createTestRepo(): Promise<TestRepo> {
  const root = await mkdtemp(join(tmpdir(), 'plumbline-repo-'));
  const bare = join(root, 'repo.git');
  const work = join(root, 'work');
  const git = async (cwd: string, args: readonly string[], input?: string) =>
    await runGit(root, cwd, args, input);
  await git(root, ['init', '--quiet', '--bare', '--initial-branch=main', bare]);
  await git(root, ['init', '--quiet', '--initial-branch=main', work]);
  await git(work, ['remote', 'add', 'origin', bare]);

  const commitHere = async (files: Record<string, TestFile | null>, message: string) => {
    await writeFiles(work, files);
    await git(work, ['add', '--all', '--force']);
    await git(work, ['commit', '--quiet', '--allow-empty', '-m', message]);
    return (await git(work, ['rev-parse', 'HEAD'])).trim();
  };
  return {
    path: bare,
    commit: async (files, { branch = 'main', message = 'change' } = {}) => {
      await git(work, ['fetch', '--quiet', 'origin']);
      const known = (await git(work, ['branch', '--remotes', '--list', `origin/${branch}`])).trim() !== '';
      await git(
        work,
        known
          ? ['checkout', '--quiet', '-B', branch, `origin/${branch}`]
          : ['checkout', '--quiet', '-B', branch],
      );
      const sha = await commitHere(files, message);
      await git(work, ['push', '--quiet', 'origin', `HEAD:refs/heads/${branch}`]);
      return sha;
    },
    branch: async (name, from = 'main') => {
      await git(bare, [
        'update-ref',
        `refs/heads/${name}`,
        (await git(bare, ['rev-parse', `${from}^{commit}`])).trim(),
      ]);
    },
    forcePush: async (branch, files) => {
      await git(work, ['checkout', '--quiet', '--orphan', `orphan-${Date.now()}`]);
      await git(work, ['rm', '-r', '--quiet', '--force', '--ignore-unmatch', '.']);
      const sha = await commitHere(files, 'rewritten');
      await git(work, ['push', '--quiet', '--force', 'origin', `HEAD:refs/heads/${branch}`]);
      await git(bare, ['reflog', 'expire', '--expire=now', '--all']);
      await git(bare, ['gc', '--quiet', '--prune=now']);
      return sha;
    },
    git: async (args, input) => await git(bare, args, input),
    remove: async () => await rm(root, { recursive: true, force: true }),
  };
}

async function runGit(home: string, cwd: string, args: readonly string[], input?: string): Promise<string> {
  const started = run('git', [...args], { cwd, env: testGitEnv(home), maxBuffer: 64 * 1024 * 1024 });
  started.child.stdin?.end(input);
  return (await started).stdout;
}

async function writeFiles(folder: string, files: Record<string, TestFile | null>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    const target = join(folder, path);
    await rm(target, { force: true });
    if (content === null) continue;
    await mkdir(dirname(target), { recursive: true });
    if (typeof content === 'string' || Buffer.isBuffer(content)) await writeFile(target, content);
    else await symlink(content.link, target);
  }
}

/** Settings of a registered repository. */
export function aRepo(url: string, changes: Partial<RepoSettings> = {}): RepoSettings {
  return {
    name: 'my-infra',
    url,
    branch: null,
    git: { type: 'ambient' },
    cancelInflightOnNewTrigger: true,
    schedule: null,
    stacks: null,
    discovery: { include: [], exclude: [] },
    submodules: false,
    ...changes,
  };
}

/** A cache in a temporary folder, what it logged, and its removal. */
export interface TestCache {
  cache: GitCache;
  rootDir: string;
  /** What HOME is for git: an empty folder of the test's own. */
  home: string;
  logged: string[];
  options: GitCacheOptions;
  remove(): Promise<void>;
}

/** A cache that may read local repositories, with nobody's configuration around it. */
export async function createTestCache(changes: Partial<GitCacheOptions> = {}): Promise<TestCache> {
  const root = await mkdtemp(join(tmpdir(), 'plumbline-git-'));
  const rootDir = join(root, 'git');
  const home = join(root, 'home');
  await mkdir(home);
  const logged: string[] = [];
  const write = (fields: Record<string, unknown>, message: string) => {
    logged.push(JSON.stringify({ ...fields, message }));
  };
  const options: GitCacheOptions = {
    rootDir,
    program: async () => 'git',
    secrets: { urlCredentials: {}, env: () => undefined },
    allowLocal: true,
    redactor: createRedactor(),
    log: { debug: write, info: write, warn: write },
    baseEnv: { PATH: process.env.PATH ?? '/usr/bin:/bin', HOME: home, TMPDIR: tmpdir() },
    ...changes,
  };
  return {
    cache: createGitCache(options),
    rootDir,
    home,
    logged,
    options,
    remove: async () => {
      await makeWritable(root);
      await rm(root, { recursive: true, force: true });
    },
  };
}

async function makeWritable(folder: string): Promise<void> {
  await chmod(folder, 0o700).catch(() => undefined);
  await run('chmod', ['-R', 'u+rwX', folder]).catch(() => undefined);
}

/** What a promise was rejected with; that it was rejected is part of the test. */
export async function failureOf(promise: Promise<unknown>): Promise<PlumblineError> {
  const outcome = await promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ('error' in outcome && outcome.error instanceof PlumblineError) return outcome.error;
  throw new Error(`This should have failed with a PlumblineError, but came to ${JSON.stringify(outcome)}`);
}

/** Everything that stands in the files below a folder, paths included, links as their targets. */
export async function everythingUnder(folder: string): Promise<string> {
  let text = '';
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name);
    text += `${path}\n`;
    if (entry.isFile()) text += (await readFile(path)).toString('latin1');
  }
  return text;
}
