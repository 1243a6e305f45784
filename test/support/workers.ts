import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type StarterClaim,
  type StarterVoucher,
  vouchFor,
} from '../../src/domain/approvals/starter-voucher.ts';
import type { PublishedSettings, RepoSettings } from '../../src/domain/settings.ts';
import type { Driver } from '../../src/drivers/driver.ts';
import type { ArtifactStore } from '../../src/store/artifact-store.ts';
import { openStore } from '../../src/store/open.ts';
import type { Store } from '../../src/store/store.ts';
import { createMetrics } from '../../src/util/metrics.ts';
import { createRedactor } from '../../src/util/redact.ts';
import { startWorkers, type RunningWorkers, type StartWorkersOptions } from '../../src/workers/worker.ts';
import { testLog, type TestTemporal } from './temporal.ts';
import { testWorkflowBundle } from './workflow-bundle.ts';

/** A commit that the fake checkouts know. */
export const COMMIT = '1f0c0ffee0ddba11cafe00d15ea5ed5ca1ab1e00';

/** A repo's settings with what a test wants otherwise. */
export function aRepo(overrides: Partial<RepoSettings> = {}): RepoSettings {
  return {
    name: `repo-${randomUUID().slice(0, 8)}`,
    url: 'https://git.example.com/infra.git',
    branch: null,
    git: { type: 'ambient' },
    cancelInflightOnNewTrigger: false,
    schedule: null,
    stacks: null,
    discovery: { include: [], exclude: [] },
    submodules: false,
    ...overrides,
  };
}

/** Published settings with what a test wants otherwise. */
export function publishedSettings(
  repos: RepoSettings[],
  overrides: Partial<Omit<PublishedSettings, 'worker'>> & {
    worker?: Partial<PublishedSettings['worker']>;
  } = {},
): PublishedSettings {
  const worker = {
    concurrency: 5,
    lockTtlMs: 120_000,
    renewEveryMs: 10_000,
    retryOnce: true,
    taskMaxAgeMs: 21_600_000,
    ...overrides.worker,
  };
  return {
    scan: { timeoutMs: 60_000, graceMs: 1_000, env: {}, varFiles: [] },
    ignore: [],
    severity: { keywords: { critical: [], high: [], medium: [], low: [] }, rules: [] },
    toolchain: { cacheDir: null, download: false, build: false, tools: {} },
    gitAllowLocal: false,
    environments: [],
    approvals: { allowUnsignedSignals: false },
    commits: {
      authorName: 'Plumbline',
      authorEmail: 'plumbline@example.com',
      signing: null,
      allowedSigners: null,
    },
    drivers: {},
    ...overrides,
    repos,
    worker,
  };
}

/** Workers of one test: a store and queues of their own on the file's dev server. */
export interface TestWorkers {
  store: Store;
  taskQueue: string;
  dataDir: string;
  workers: RunningWorkers;
  /** Starts a scan as the API would, without waiting for it. */
  scan(
    repo: string,
    input?: Record<string, unknown>,
  ): ReturnType<TestTemporal['client']['workflow']['start']>;
  /** Starts a sync as somebody whom the API vouches for; `voucher: undefined` in the input: as a person would by hand. */
  sync(
    repo: string,
    input?: Record<string, unknown>,
  ): ReturnType<TestTemporal['client']['workflow']['start']>;
  stop(): Promise<void>;
}

/** Opens a store, publishes the settings and starts workers with the given drivers and fake checkouts. */
export async function startTestWorkers(
  temporal: TestTemporal,
  {
    drivers,
    settings,
    overrides = {},
  }: {
    drivers: readonly Driver[];
    settings: PublishedSettings;
    overrides?: Partial<StartWorkersOptions>;
  },
): Promise<TestWorkers> {
  const dataDir = await mkdtemp(join(tmpdir(), 'plumbline-workers-'));
  const store = await openStore({ url: null, dataDir });
  await store.configs.publish(settings, new Date().toISOString());
  const taskQueue = `test-${randomUUID()}`;
  const digestKey = overrides.digestKey ?? randomBytes(32);
  const workers = await startWorkers({
    temporal,
    taskQueue,
    store,
    artifacts: memoryArtifacts(),
    digestKey,
    drivers,
    workbench: () => ({
      git: fakeCheckouts(dataDir),
      tools: () => Promise.reject(new Error('no tools here')),
    }),
    secrets: { urlCredentials: {}, env: () => undefined },
    toolEnv: {},
    redactor: createRedactor(),
    log: testLog(),
    metrics: createMetrics(),
    dataDir,
    cacheDir: join(dataDir, 'cache'),
    concurrency: settings.worker.concurrency,
    bundle: overrides.bundle ?? (await testWorkflowBundle()),
    shutdownGraceMs: 1_000,
    toolGraceMs: 500,
    ...overrides,
  });
  return {
    store,
    taskQueue,
    dataDir,
    workers,
    scan: (repo, input = {}) =>
      temporal.client.workflow.start('scanRepo', {
        workflowId: `repo/${repo}`,
        taskQueue,
        args: [{ repo, ...input }],
        workflowIdConflictPolicy: 'FAIL',
      }),
    sync: (repo, input = {}) =>
      temporal.client.workflow.start('syncRepo', {
        workflowId: `repo/${repo}`,
        taskQueue,
        args: [{ repo, voucher: aVoucher(digestKey, { repo, ...input }), ...input }],
        workflowIdConflictPolicy: 'FAIL',
      }),
    stop: async () => {
      await workers.shutdown();
      await store.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Plumbline's word on who starts a task, as the API gives it. */
export function aVoucher(
  digestKey: Uint8Array,
  { repo, kind = 'sync', actor, trigger = 'manual', first_trigger }: Partial<StarterClaim> & { repo: string },
): StarterVoucher {
  const at = new Date().toISOString();
  return vouchFor(digestKey, { repo, kind, actor, trigger, first_trigger }, { id: randomUUID(), at });
}

/** Checkouts of a branch whose newest commit is `head`'s answer; other commits are there, too. */
export function movingCheckouts(dataDir: string, head: () => string): ReturnType<typeof fakeCheckouts> {
  return {
    ...fakeCheckouts(dataDir),
    resolve: async (_repo?: unknown, wanted?: { commit?: string }) => ({
      commit: wanted?.commit ?? head(),
      branch: 'main',
    }),
    tip: async () => ({ commit: head() }),
  };
}

/** Checkouts of one commit, whose work tree nobody reads. */
export function fakeCheckouts(dataDir: string) {
  return {
    resolve: async () => ({ commit: COMMIT, branch: 'main' }),
    tip: async () => ({ commit: COMMIT }),
    checkout: async () => ({ path: dataDir, release: () => undefined }),
    changesSince: async () => ({ files: [], authors: [], lastCommitter: null, commits: 0 }),
    readFileAt: async () => undefined,
    readCodeOwners: async () => undefined,
    readCodeOwnersBefore: async () => undefined,
    unsignedCommits: async () => [],
    revertPaths: async () => ({ commit: COMMIT, branch: 'main', changed: [] }),
    samePaths: async () => true,
  };
}

/** Artifacts in memory. */
export function memoryArtifacts(): ArtifactStore {
  const kept = new Map<string, Uint8Array>();
  return {
    put: async (kind, content) => {
      const bytes = Buffer.from(content);
      const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
      kept.set(digest, bytes);
      return { kind, digest, sizeBytes: bytes.length, encrypted: false, keyId: null };
    },
    get: async ({ digest }) => kept.get(digest) ?? new Uint8Array(),
    remove: async (digests) => {
      for (const digest of digests) kept.delete(digest);
    },
    old: async function* () {},
    claim: async () => [],
  };
}
