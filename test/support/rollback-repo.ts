import { randomBytes, randomUUID } from 'node:crypto';
import type { EnvironmentSettings } from '../../src/domain/eligibility/policy.ts';
import type { CommitSettings, PublishedSettings, RepoSettings } from '../../src/domain/settings.ts';
import type { Task } from '../../src/domain/task.ts';
import type { Driver, ToolResolver } from '../../src/drivers/driver.ts';
import type { StartWorkersOptions } from '../../src/workers/worker.ts';
import { createRevertTest, UNSIGNED, type RevertTest } from './git-revert.ts';
import { aRepo } from './git.ts';
import { aLiveDriver, type LiveDriver, type LiveRules } from './live-driver.ts';
import type { TestTemporal } from './temporal.ts';
import { waitFor } from './wait-for.ts';
import { publishedSettings, startTestWorkers, type TestWorkers, aVoucher } from './workers.ts';

/** Workers with a real Git repository, and a driver that reads it. */
export interface RollbackTest {
  git: RevertTest;
  repo: RepoSettings;
  driver: LiveDriver;
  workers: TestWorkers;
  /** Commits to `main` and pushes. */
  push(files: Record<string, string | null>): Promise<string>;
  /** The branch's newest commit. */
  head(): Promise<string>;
  /** Runs a task of the repo to its end, and all that it leads to; gives the tasks of the repo, oldest first. */
  run(kind: 'scan' | 'sync' | 'reconcile' | 'rollback', input?: Record<string, unknown>): Promise<Task[]>;
  /** When all that was asked for has ended: the tasks of the repo, oldest first. */
  settled(): Promise<Task[]>;
  stop(): Promise<void>;
}

/** What a test wants otherwise. */
export interface RollbackOptions {
  environments: EnvironmentSettings[];
  rules?: LiveRules;
  /** A real driver with its tools, in the place of the one that reads the repository. */
  real?: { driver: Driver; tools: ToolResolver };
  commits?: Partial<CommitSettings>;
  settings?: Partial<PublishedSettings>;
  overrides?: Partial<StartWorkersOptions>;
  remote?: (git: RevertTest) => Promise<RepoSettings>;
}

/** An empty repository of the test's own, and workers for it. */
export async function startRollbackTest(
  temporal: TestTemporal,
  { environments, rules = {}, real, commits = {}, settings = {}, overrides = {}, remote }: RollbackOptions,
): Promise<RollbackTest> {
  const git = await createRevertTest();
  const known = remote ? await remote(git) : aRepo(git.repo.path);
  const repo = { ...known, name: `repo-${randomUUID().slice(0, 8)}` };
  const driver = aLiveDriver(rules);
  const published = publishedSettings([repo], {
    environments,
    gitAllowLocal: true,
    commits: { ...UNSIGNED, ...commits },
    ...settings,
  });
  const digestKey = overrides.digestKey ?? randomBytes(32);
  const workers = await startTestWorkers(temporal, {
    drivers: [real?.driver ?? driver],
    settings: published,
    overrides: {
      workbench: () => ({
        git: git.test.cache,
        tools: real?.tools ?? (() => Promise.reject(new Error('no tools here'))),
      }),
      digestKey,
      ...overrides,
    },
  });
  const { store } = workers;
  const tasks = async () => (await store.tasks.list({ repo: repo.name, limit: 99 })).toReversed();
  const settled = async () => {
    await waitFor('the end of all tasks', async () => {
      const handle = temporal.client.workflow.getHandle(`repo/${repo.name}`);
      return (await handle.describe()).status.name !== 'RUNNING';
    });
    return await tasks();
  };
  return {
    git,
    repo,
    driver,
    workers,
    push: async (files) => {
      // On top of what Plumbline has pushed; the first of all finds no branch yet.
      await git.work.git('pull', '--quiet', 'origin', 'main').catch(() => undefined);
      const sha = await git.work.commit(files);
      await git.work.push();
      return sha;
    },
    head: async () => (await git.repo.git(['rev-parse', 'main'])).trim(),
    settled,
    run: async (kind, input = {}) => {
      const handle = await temporal.client.workflow.start(`${kind}Repo`, {
        workflowId: `repo/${repo.name}`,
        taskQueue: workers.taskQueue,
        args: [
          { repo: repo.name, voucher: aVoucher(digestKey, { ...input, repo: repo.name, kind }), ...input },
        ],
        workflowIdConflictPolicy: 'FAIL',
      });
      await handle.result().catch(() => undefined);
      return await settled();
    },
    stop: async () => {
      await workers.stop();
      await git.remove();
    },
  };
}
