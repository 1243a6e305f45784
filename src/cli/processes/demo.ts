import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { RepoDetailJson, StackJson } from '../../api/schemas/repo.ts';
import type { ScanAcceptedJson } from '../../api/schemas/task.ts';
import { defaultSettings } from '../../config/default-settings.ts';
import { driverSchemas } from '../../local/driver-schemas.ts';
import { PlumblineError } from '../../util/errors.ts';
import { createApiClient, type ApiClient } from '../api-client.ts';
import { followTask } from '../follow-task.ts';
import { interruptible } from '../interruptible.ts';
import type { Io } from '../io.ts';
import { stackTable } from '../stack-table.ts';
import { usageError } from '../usage-error.ts';
import { bootWith } from './boot.ts';
import { freePort, isFree } from '../../util/free-port.ts';
import { demoToolchain } from './demo-toolchain.ts';
import { startDemoCluster, type DemoCluster } from './demo-cluster.ts';
import { homeConfig, repairHome, rollOutHome } from './demo-home.ts';
import { demoAuth, demoPeople, type DemoPeople, repairDrift } from './demo-repair.ts';
import { makeDemoRepo, type DemoRepo } from './demo-repo.ts';
import { startRunning, type RunningProcess } from './run-process.ts';

const USUAL_PORT = 8080;

/** What the scan must find in the repository that the demonstration makes. */
const EXPECTED: Readonly<Record<string, string>> = {
  'envs/dev': 'in_sync',
  'envs/prod': 'drifted',
  'envs/staging': 'pending',
};

/**
 * Makes two repositories with live objects, of Terraform and of a Kubernetes cluster that it starts; damages each, scans, prints
 * the reports, repairs the damage with two approvals, and prints the addresses.
 * Everything is in a temporary folder, which is removed at the end.
 * @throws PlumblineError `demo_failed` when something else came of a step than was done; with `once` also when there is no
 * Kubernetes to be had, unless `kubernetes` is false
 */
export async function runDemo(options: DemoOptions, io: Io): Promise<void> {
  const port = await choosePort(options.port);
  const dir = await mkdtemp(join(tmpdir(), 'plumbline-demo-'));
  let site: DemoSite | undefined;
  try {
    const people = demoPeople();
    const made = await interruptible((signal) => makeSite(dir, options, io, signal));
    if ('interrupted' in made) {
      process.exitCode = made.interrupted;
      return;
    }
    site = made.result;
    io.note('3/8  Starting Plumbline: server, worker, Temporal and store in one process');
    // It may have to be built first; Plumbline itself would only log that.
    const found = await interruptible((signal) =>
      demoToolchain(dir, io).resolve('temporal', undefined, { signal }),
    );
    if ('interrupted' in found) {
      process.exitCode = found.interrupted;
      return;
    }
    const running = await startDemo(dir, site, { port, people }, io);
    try {
      const shown = show(running, site, people, io);
      // Ctrl-C ends the demonstration at once, also in the middle of its scan.
      const interrupted = await Promise.race([shown.then(() => false), running.ended.then(() => true)]);
      if (interrupted) shown.catch(() => undefined);
      if (options.once || interrupted) return;
      io.note('It stays up: open the pages, damage something else, scan again. Ctrl-C ends it.');
      await running.ended;
    } finally {
      await running.stop();
    }
  } finally {
    await site?.cluster?.stop();
    await rm(dir, { recursive: true, force: true, maxRetries: 5 });
  }
}

interface DemoOptions {
  once: boolean;
  port: string | undefined;
  /** Whether it has a part with a cluster. */
  kubernetes: boolean;
}

/** What is shown: Terraform's repository, and the cluster with its own; null where there is none. */
interface DemoSite {
  repo: DemoRepo;
  cluster: DemoCluster | null;
}

async function makeSite(dir: string, options: DemoOptions, io: Io, signal: AbortSignal): Promise<DemoSite> {
  io.note('1/8  Making a Git repository of three environments and applying it with Terraform');
  const repo = await makeDemoRepo(dir, io, signal);
  if (!options.kubernetes) return { repo, cluster: null };
  io.note('2/8  Starting a Kubernetes API server; its programs are built once, which takes some minutes');
  try {
    return { repo, cluster: await startDemoCluster(dir, io, signal) };
  } catch (error) {
    signal.throwIfAborted();
    io.progressDone();
    if (!(error instanceof PlumblineError)) throw error;
    // Whoever looks at an exit code must not take a part for the whole.
    if (options.once)
      throw new PlumblineError(error.code, `${error.message} --no-kubernetes shows Terraform alone.`, {
        cause: error,
      });
    io.note(`     There is no cluster, so that only Terraform is shown. ${error.message}`);
    return { repo, cluster: null };
  }
}

async function startDemo(
  dir: string,
  { repo, cluster }: DemoSite,
  { port, people }: { port: number; people: DemoPeople },
  io: Io,
): Promise<RunningProcess> {
  const env = { ...io.env, LOG_LEVEL: io.env['LOG_LEVEL'] ?? 'warn' };
  const home = cluster === null ? null : homeConfig(cluster);
  const settings = defaultSettings({
    dataDir: join(dir, 'data'),
    env,
    drivers: driverSchemas(),
    config: {
      listen_addr: `127.0.0.1:${port}`,
      git: { allow_local: true },
      repos: [
        { name: 'demo-infra', url: repo.url, schedule: '*/15 * * * *' },
        ...(home === null ? [] : [home.repo]),
      ],
      ...(home === null ? {} : { environments: home.environments, drivers: home.drivers }),
      scan: { env: repo.env },
      auth: demoAuth(people),
    },
  });
  const boot = await bootWith('up', { configFile: '', settings, notices: [] }, { ...io, env });
  return await startRunning(boot, io);
}

async function show(
  running: RunningProcess,
  { repo, cluster }: DemoSite,
  people: DemoPeople,
  io: Io,
): Promise<void> {
  const url = running.server?.url ?? '';
  await scanAndReport(createApiClient({ baseUrl: url, token: people.author.token }), repo, io);
  io.note('6/8  Repairing production: a remediation plan, two approvals, the apply, the audit trail');
  const reason = 'repair the firewall policy';
  await repairDrift({ url, repo: 'demo-infra', stack: 'envs/prod', reason }, people, io);
  if (cluster !== null) {
    io.note('7/8  Rolling a home out to the cluster: infrastructure, then apps, as clusters/homelab says');
    await rollOutHome(url, people, io);
    io.note('8/8  A Deployment is edited by hand, found with who did it, and repaired');
    await repairHome(url, { people, cluster }, io);
  }
  const signIn = [people.author, ...people.reviewers].map(({ name, token }) => `${name} ${token}`);
  io.note(
    [
      '',
      `  Web UI       ${url}`,
      `  Drift        ${url}/repos/demo-infra/stacks/envs/prod`,
      `  Approvals    ${url}/approvals`,
      `  Audit        ${url}/audit`,
      `  API          ${url}/docs`,
      `  Temporal UI  ${running.temporalUiUrl ?? ''}`,
      `  Repository   ${repo.url}`,
      `  Live files   ${repo.liveDir}`,
      ...(cluster === null
        ? []
        : [
            `  Edited       ${url}/repos/demo-home/stacks/gitops/apps/homelab/mqtt-input`,
            `  Cluster      KUBECONFIG=${cluster.kubeconfig}`,
          ]),
      `  Sign in as   ${signIn.join('\n               ')}`,
      '',
    ].join('\n'),
  );
}

async function scanAndReport(client: ApiClient, repo: DemoRepo, io: Io): Promise<void> {
  io.note(`4/8  ${repo.damage}`);
  io.note('5/8  Scanning');
  const { task } = await client.post<ScanAcceptedJson>('/api/repos/demo-infra/scan', { trigger: 'demo' });
  await followTask(client, task.id, io);
  const { stacks } = await client.get<{ stacks: StackJson[] }>('/api/repos/demo-infra/stacks');
  io.out(await client.getText(`/api/tasks/${encodeURIComponent(task.id)}/report?format=markdown`));
  io.out(stackTable(stacks, io.colors));
  await mustBeAsExpected(client, stacks);
}

/** A demonstration that can't fail shows nothing. */
async function mustBeAsExpected(client: ApiClient, stacks: readonly StackJson[]): Promise<void> {
  const found = Object.fromEntries(stacks.map((stack) => [stack.key, stack.status]));
  if (isDeepStrictEqual(found, EXPECTED)) return;
  const { last_task: task } = await client.get<RepoDetailJson>('/api/repos/demo-infra');
  throw new PlumblineError(
    'demo_failed',
    `The scan should have found ${JSON.stringify(EXPECTED)}, but found ${JSON.stringify(found)}. ${task?.error?.message ?? ''}`,
  );
}

async function choosePort(wanted: string | undefined): Promise<number> {
  if (wanted === undefined) return (await isFree(USUAL_PORT)) ? USUAL_PORT : await freePort();
  const port = Number(wanted);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw usageError(`--port is "${wanted}": give a number from 1 to 65535.`);
  }
  return port;
}
