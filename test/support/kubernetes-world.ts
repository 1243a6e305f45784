import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import type { Job, Task } from '../../src/domain/task.ts';
import { kubernetesDriver } from '../../src/drivers/kubernetes/index.ts';
import { openArtifactStore } from '../../src/store/artifacts/open.ts';
import { loadDataKey } from '../../src/store/data-key.ts';
import { openStore } from '../../src/store/open.ts';
import type { Store } from '../../src/store/store.ts';
import { baseEnv, toolEnv } from '../../src/util/exec-env.ts';
import { createRedactor } from '../../src/util/redact.ts';
import type { StartWorkersOptions } from '../../src/workers/worker.ts';
import { createWorkbenches } from '../../src/workers/workbench.ts';
import { anEnvironment } from './environments.ts';
import type { TestCluster } from './kube-client.ts';
import { commitFiles } from './stacks-repo.ts';
import { testLog, type TestTemporal } from './temporal.ts';
import { aRepo, publishedSettings, startTestWorkers } from './workers.ts';

/** A repository of Kubernetes stacks with all that `up` has: Temporal, a store and artifacts in files, Git, a worker, a cluster. */
export interface KubernetesWorld {
  store: Store;
  repo: string;
  /** Where the objects go. */
  namespace: string;
  /** Runs one of the repository's workflows to its end. */
  run(type: 'scanRepo' | 'syncRepo' | 'reconcileRepo'): Promise<Pass>;
  /** Forgets all ended tasks but each stack's last result, as `retention` does of those that are old enough. */
  forget(): Promise<void>;
  /** Bytes of the store's and of Temporal's database, logs included. */
  sizes(): Promise<{ store: number; temporal: number }>;
  stop(): Promise<void>;
}

/** A task, and how long it took. */
export interface Pass {
  task: Task;
  jobs: Job[];
  seconds: number;
  /** Events of the workflow's history. */
  events: number;
  /** The IDs of the child workflows that it started. */
  children: string[];
}

/** What a world is made of. */
export interface WorldParts {
  cluster: TestCluster;
  temporal: TestTemporal;
  /** Of the repository, given the namespace of its objects; stacks are the folders below `envs/dev`. */
  files: (namespace: string) => Record<string, string>;
  overrides?: Partial<StartWorkersOptions>;
}

/** Makes a namespace, commits the files and starts a worker; nobody has to approve. */
export async function startKubernetesWorld(parts: WorldParts): Promise<KubernetesWorld> {
  const { cluster, temporal } = parts;
  const dataDir = await mkdtemp(join(tmpdir(), 'plumbline-fleet-'));
  const namespace = await cluster.namespace('fleet');
  const url = join(dataDir, 'repository');
  await commitFiles(url, parts.files(namespace));
  const kubeconfig = await cluster.kubeconfig(join(dataDir, 'kubeconfig'), { namespace });
  const repo = aRepo({ url });
  const settings = publishedSettings([repo], {
    gitAllowLocal: true,
    environments: [anEnvironment('development', { approvals: { required: 0 } })],
    drivers: {
      kubernetes: {
        clusters: [{ name: 'fleet', kubeconfig }],
        namespace: `${namespace}-inventory`,
        stacks: [{ path: 'envs/dev/*', namespace }],
      },
    },
  });
  const store = await openStore({ url: null, dataDir });
  await store.configs.publish(settings, new Date().toISOString());
  const overrides = { ...(await workerParts(dataDir)), store, ...parts.overrides };
  const workers = await startTestWorkers(temporal, { drivers: [kubernetesDriver], settings, overrides });
  const { taskQueue } = workers;
  const removeNamespaces = async () => {
    for (const name of [namespace, `${namespace}-inventory`])
      await cluster.request('DELETE', `/api/v1/namespaces/${name}`);
  };
  return {
    store,
    repo: repo.name,
    namespace,
    run: (type) => runTask(temporal, { store, taskQueue, repo: repo.name }, type),
    forget: async () => {
      const start = { workflowId: `retention-${repo.name}`, taskQueue, args: [{ keep_days: 0 }] };
      await temporal.client.workflow.execute('retention', start);
    },
    sizes: async () => ({ store: await bytesOf(dataDir), temporal: await bytesOf(temporal.dataDir) }),
    stop: async () => {
      await workers.stop();
      await store.close();
      await removeNamespaces();
      await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function workerParts(dataDir: string): Promise<Partial<StartWorkersOptions>> {
  const cacheDir = join(dataDir, 'cache');
  const key = await loadDataKey({ fromEnv: null, dataDir, create: true });
  const { workbench } = createWorkbenches({
    dataDir,
    cacheDir,
    secrets: { urlCredentials: {}, env: () => undefined },
    redactor: createRedactor(),
    log: testLog(),
    baseEnv: baseEnv(process.env),
  });
  return {
    dataDir,
    cacheDir,
    toolEnv: toolEnv(process.env),
    digestKey: randomBytes(32),
    workbench,
    artifacts: openArtifactStore({ dataDir, s3: null, key }),
  };
}

async function runTask(
  { client }: TestTemporal,
  { store, taskQueue, repo }: { store: Store; taskQueue: string; repo: string },
  type: string,
): Promise<Pass> {
  const started = performance.now();
  const handle = await client.workflow.start(type, {
    workflowId: `repo/${repo}`,
    taskQueue,
    args: [{ repo, actor: 'bench@example.com' }],
    workflowIdConflictPolicy: 'FAIL',
  });
  await handle.result();
  const seconds = (performance.now() - started) / 1000;
  // What follows from it by itself, another try say, are tasks of the same workflow.
  const task = (await store.tasks.list({ repo, limit: 100 })).findLast(
    ({ runId }) => runId === handle.firstExecutionRunId,
  );
  const jobs = await store.jobs.listByTask(task!.id, { afterOrdinal: -1, limit: 100_000 });
  const events = await eventsOf(client, handle.workflowId, handle.firstExecutionRunId);
  const children = events.flatMap(
    ({ startChildWorkflowExecutionInitiatedEventAttributes: child }) => child?.workflowId ?? [],
  );
  return { task: task!, jobs, seconds, events: events.length, children };
}

type Events = NonNullable<Awaited<ReturnType<WorkflowHandle['fetchHistory']>>['events']>;

/** Of all runs that have followed one another. */
async function eventsOf(client: TestTemporal['client'], workflowId: string, runId: string): Promise<Events> {
  const all: Events = [];
  for (let next: string | null | undefined = runId; next;) {
    const { events }: { events?: Events | null } = await client.workflow
      .getHandle(workflowId, next)
      .fetchHistory();
    all.push(...(events ?? []));
    next = all.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId;
  }
  return all;
}

async function bytesOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && /\.(?:db|sqlite)/.test(entry.name));
  const sizes = await Promise.all(
    files.map(async (file) => (await stat(join(file.parentPath, file.name))).size),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
