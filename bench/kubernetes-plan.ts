/**
 * The plan of a Kubernetes stack on a real API server, against `kubectl diff`, `kubectl diff --server-side`, and a bare loop of
 * one read and one dry run for each object over kept connections. 300 and 3,000 ConfigMaps of which one has changed; the slow
 * `kubectl diff` only with 300. Each figure is the median of the rounds, all taken in turn. Usage: node bench/kubernetes-plan.ts [ROUNDS]
 */
import { spawnSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { Agent, request as send } from 'node:https';
import { join } from 'node:path';
import { kubernetesDriver } from '../src/drivers/kubernetes/index.ts';
import type { DriverPlan } from '../src/drivers/driver.ts';
import { anApplyContext, digestOf } from '../test/support/applying.ts';
import { startKubeCluster, type OwnCluster } from '../test/support/kube-cluster.ts';
import { aBench, aStack, planIn, type Bench } from '../test/support/terraform.ts';
import { median } from './support/shell-loop.ts';

const ROUNDS = Number(process.argv[2] ?? 3);
const IN_FLIGHT = 16;
/** Above these, the figure is too slow (bounds of the ratio to Plumbline's time). */
const BOUNDS = { diff: 40, serverSide: 2, bare: 1.3 };

interface Site {
  cluster: OwnCluster;
  bench: Bench;
  namespace: string;
  kubeconfig: string;
  folder: string;
  count: number;
}

function configMap(index: number, color: string): string {
  const name = `settings-${String(index).padStart(4, '0')}`;
  return `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\ndata: { color: ${color}, index: "${index}" }\n`;
}

async function prepare(cluster: OwnCluster, count: number): Promise<Site> {
  const bench = await aBench();
  const namespace = await cluster.namespace('bench');
  const kubeconfig = await cluster.kubeconfig(join(bench.root, 'kubeconfig'), { namespace });
  const folder = join(bench.workTree, 'app');
  await mkdir(folder);
  await writeMaps(folder, count, 'red');
  const site = { cluster, bench, namespace, kubeconfig, folder, count };
  await apply(site);
  // Both sides compare what was applied by the one who compares: kubectl owns its fields as well.
  kubectl(site, ['apply', '--server-side', '--force-conflicts', '-f', folder]);
  await writeFile(join(folder, 'map-0000.yaml'), configMap(0, 'blue'));
  return site;
}

async function writeMaps(folder: string, count: number, color: string): Promise<void> {
  for (let index = 0; index < count; index += 1)
    await writeFile(join(folder, `map-${String(index).padStart(4, '0')}.yaml`), configMap(index, color));
}

const stack = { ...aStack('kubernetes', 'app'), settings: { cluster: 'bench' } };

function optionsOf({ kubeconfig, namespace }: Site): object {
  return {
    clusters: [{ name: 'bench', kubeconfig, max_in_flight: IN_FLIGHT }],
    stacks: [{ path: '**', namespace }],
  };
}

async function plan(site: Site): Promise<DriverPlan> {
  return (await planIn(kubernetesDriver, site.bench, stack, { options: optionsOf(site) })).plan;
}

async function apply(site: Site): Promise<void> {
  const { identity } = await plan(site);
  const { context } = await anApplyContext(site.bench, stack, { options: optionsOf(site) });
  const { status } = await kubernetesDriver.apply!(context, digestOf(identity));
  if (status !== 'applied') throw new Error(`The objects could not be applied: ${status}.`);
}

function kubectl({ kubeconfig }: Site, args: readonly string[]): void {
  const { status, stderr } = spawnSync('kubectl', args, {
    env: { ...process.env, KUBECONFIG: kubeconfig, KUBECTL_EXTERNAL_DIFF: 'diff -u' },
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
  });
  // `diff` answers 1 when there is a difference.
  if (status !== 0 && !(args[0] === 'diff' && status === 1)) throw new Error(stderr.slice(-1000));
}

/** One read and one dry run for each object, as few lines as it takes. */
async function bareLoop({ cluster, namespace, count }: Site): Promise<void> {
  const ca = await readFile(cluster.caFile);
  const agent = new Agent({ keepAlive: true, maxSockets: IN_FLIGHT, ca });
  const ask = async (method: string, path: string, body?: string): Promise<void> =>
    await new Promise((resolve, reject) => {
      const headers = {
        authorization: `Bearer ${cluster.adminToken}`,
        'content-type': 'application/apply-patch+yaml',
      };
      const asking = send(new URL(path, cluster.url), { method, agent, headers }, (answer) => {
        let text = '';
        answer.on('data', (chunk: Buffer) => (text += chunk.toString()));
        answer.on('end', () => {
          JSON.parse(text);
          resolve();
        });
      });
      asking.on('error', reject);
      asking.end(body);
    });
  const indices = Array.from({ length: count }, (_, index) => index);
  const worker = async (): Promise<void> => {
    for (let index = indices.shift(); index !== undefined; index = indices.shift()) {
      const path = `/api/v1/namespaces/${namespace}/configmaps/settings-${String(index).padStart(4, '0')}`;
      await ask('GET', path);
      const query = '?dryRun=All&fieldManager=plumbline&force=true';
      await ask('PATCH', `${path}${query}`, configMap(index, index === 0 ? 'blue' : 'red'));
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
  agent.destroy();
}

async function seconds(work: () => unknown): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}

/** @returns whether all bounds were met */
async function measure(site: Site): Promise<boolean> {
  const ways: Record<string, () => unknown> = {
    plumbline: () => plan(site),
    bare: () => bareLoop(site),
    serverSide: () => kubectl(site, ['diff', '--server-side', '--force-conflicts', '-f', site.folder]),
    ...(site.count <= 300 ? { diff: () => kubectl(site, ['diff', '-f', site.folder]) } : {}),
  };
  const { changes } = await plan(site);
  if (changes.length !== 1) throw new Error(`One change was expected, not ${changes.length}.`);
  const taken = Object.fromEntries(Object.keys(ways).map((name) => [name, [] as number[]]));
  for (let round = 0; round < ROUNDS; round += 1)
    for (const [name, work] of Object.entries(ways)) taken[name]!.push(await seconds(work));
  const ours = median(taken['plumbline']!);
  const before = (await site.cluster.auditLog()).length;
  await plan(site);
  const requests = (await site.cluster.auditLog()).length - before;
  console.log(
    `${site.count} ConfigMaps, one of them changed, ${ROUNDS} rounds; requests for each object: ${(requests / site.count).toFixed(2)}`,
  );
  const figures = Object.entries(taken).map(([name, times]) => `${name} ${median(times).toFixed(2)} s`);
  console.log(`  ${figures.join(', ')}`);
  const met = [
    say('plumbline / bare loop', ours / median(taken['bare']!), BOUNDS.bare, 'at most'),
    say(
      'kubectl diff --server-side / plumbline',
      median(taken['serverSide']!) / ours,
      BOUNDS.serverSide,
      'at least',
    ),
    ...(taken['diff']
      ? [say('kubectl diff / plumbline', median(taken['diff']) / ours, BOUNDS.diff, 'at least')]
      : []),
  ];
  return met.every(Boolean);
}

function say(what: string, ratio: number, bound: number, sense: 'at most' | 'at least'): boolean {
  const met = sense === 'at most' ? ratio <= bound : ratio >= bound;
  console.log(`  ${what} = ${ratio.toFixed(2)} (${sense} ${bound}: ${met ? 'met' : 'NOT MET'})`);
  return met;
}

const cluster = await startKubeCluster({
  onProgress: (message) => void process.stderr.write(`${message}\n`),
});
try {
  for (const count of [300, 3000]) {
    const site = await prepare(cluster, count);
    if (!(await measure(site))) process.exitCode = 1;
    await site.bench.remove();
  }
} finally {
  await cluster.stop();
}
