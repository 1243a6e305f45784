import { chmod, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { CommitSettings, RepoSettings } from '../../src/domain/settings.ts';
import type { Reverted } from '../../src/git/commits/revert-paths.ts';
import { startGitHttpServer, type GitHttpOptions, type GitHttpServer } from './git-http.ts';
import { aPerson, createWorkClone, type TestPerson, type WorkClone } from './git-work.ts';
import { aRepo, createTestCache, createTestRepo, type TestCache, type TestRepo } from './git.ts';

/** What the server of overHttp wants to see. */
export const WRITE_TOKEN = 'canary-token-4f1e83d7a9';

/** Commits of Plumbline's, unsigned. */
export const UNSIGNED: CommitSettings = {
  authorName: 'Plumbline',
  authorEmail: 'plumbline@example.com',
  signing: null,
  allowedSigners: null,
};

/** A repository, somebody who works in it, and a cache that may push to it. */
export interface RevertTest {
  repo: TestRepo;
  work: WorkClone;
  test: TestCache;
  /** Restores `prod` for Alice, unless said otherwise. */
  revert: (
    toCommit: string,
    changes?: { paths?: string[]; message?: string; author?: TestPerson; branch?: string },
    settings?: RepoSettings,
    commits?: CommitSettings,
  ) => Promise<Reverted>;
  /** Serves the repository over HTTP with a token. */
  overHttp: (options?: Partial<GitHttpOptions>) => Promise<RepoSettings>;
  /** A server-side hook: lines of shell. */
  hook: (name: string, script: string) => Promise<void>;
  /** Somebody else pushes this often while the host looks at a push: it can't lock the branch at the place that was seen. */
  overtake: (times: number) => Promise<void>;
  /** The tree of a folder: one name for all names, modes and contents in it. */
  treeOf: (commit: string, path: string) => Promise<string>;
  remove: () => Promise<void>;
}

/** An empty repository of each test's own. */
export async function createRevertTest(): Promise<RevertTest> {
  const repo = await createTestRepo();
  const work = await createWorkClone(repo.path);
  const env = (name: string) => (name === 'GIT_TOKEN' ? WRITE_TOKEN : undefined);
  const test = await createTestCache({ secrets: { urlCredentials: {}, env } });
  const servers: GitHttpServer[] = [];
  const hook: RevertTest['hook'] = async (name, script) => {
    const path = join(repo.path, 'hooks', name);
    await writeFile(path, `#!/bin/sh\n${script}\n`);
    await chmod(path, 0o755);
  };
  return {
    repo,
    work,
    test,
    revert: async (toCommit, changes = {}, settings = aRepo(repo.path), commits = UNSIGNED) => {
      const usual = { branch: null, paths: ['prod'], message: 'Roll back', author: aPerson('Alice') };
      return await test.cache.revertPaths(settings, { ...usual, ...changes, toCommit }, commits);
    },
    overHttp: async (options = {}) => {
      await repo.git(['config', 'http.receivepack', 'true']);
      const login = { user: 'writer', password: WRITE_TOKEN };
      const server = await startGitHttpServer({ root: dirname(repo.path), ...login, ...options });
      servers.push(server);
      const git = { type: 'https', tokenEnv: 'GIT_TOKEN', username: 'writer' } as const;
      return aRepo(server.url('repo.git'), { git });
    },
    hook,
    overtake: async (times) => {
      await writeFile(join(repo.path, 'moves'), `${times}\n`);
      await hook('pre-receive', overtaking(repo.path));
    },
    treeOf: async (commit, path) => (await repo.git(['rev-parse', `${commit}:${path}`])).trim(),
    remove: async () => {
      await Promise.all(servers.map(async (server) => await server.close()));
      await Promise.all([repo.remove(), work.remove(), test.remove()]);
    },
  };
}

/** Moves `main` as often as the file `moves` says. */
function overtaking(path: string): string {
  return `test -f ${path}/moves || exit 0
n=$(cat ${path}/moves); test "$n" -gt 0 || exit 0
echo $((n-1)) > ${path}/moves
unset GIT_QUARANTINE_PATH GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES
tip=$(git rev-parse main)
new=$(git -c user.name=Bob -c user.email=bob@example.com commit-tree -p $tip -m theirs-$n $tip^{tree})
git update-ref refs/heads/main $new`;
}
