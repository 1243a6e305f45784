/**
 * The plan of a Kubernetes stack on a real API server, against `kubectl diff`, `kubectl diff --server-side`, and a bare loop of
 * one read and one dry run for each object over kept connections: 300 and 3,000 ConfigMaps, and 1,000 objects of six kinds, of which
 * one has changed; the slow `kubectl diff` only with 300. Each figure is the median of the rounds, all taken in turn.
 * Usage: node bench/kubernetes-plan.ts [ROUNDS]
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
import { changed, configMaps, mixedObjects, type BenchObject } from './support/kubernetes-objects.ts';
import { median } from './support/shell-loop.ts';

const ROUNDS = Number(process.argv[2] ?? 3);
const IN_FLIGHT = 16;
/** Above these, the figure is too slow (bounds of the ratio to Plumbline's time). */
const BOUNDS = { diff: 40, serverSide: 2, bare: 1.3 };

/** What is planned: one object in each file. */
interface ObjectSet {
  what: string;
  objects: readonly BenchObject[];
  /** Whether `kubectl diff` is measured, too: it takes seconds for each hundred objects. */
  slow: boolean;
}

interface Site {
  set: ObjectSet;
  cluster: OwnCluster;
  bench: Bench;
  namespace: string;
  kubeconfig: string;
  folder: string;
}

/** The first of the objects is another one in Git than in the cluster. */
async function prepare(cluster: OwnCluster, set: ObjectSet): Promise<Site> {
  const bench = await aBench();
  const namespace = await cluster.namespace('bench');
  const kubeconfig = await cluster.kubeconfig(join(bench.root, 'kubeconfig'), { namespace });
  const folder = join(bench.workTree, 'app');
  await mkdir(folder);
  for (const { name, text } of set.objects) await writeFile(join(folder, `${name}.yaml`), text);
  const site = { set, cluster, bench, namespace, kubeconfig, folder };
  await apply(site);
  // Both sides compare what was applied by the one who compares: kubectl owns its fields as well.
  kubectl(site, ['apply', '--server-side', '--force-conflicts', '-f', folder]);
  const [first] = set.objects as [BenchObject];
  await writeFile(join(folder, `${first.name}.yaml`), changed(first).text);
  return site;
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
async function bareLoop({ cluster, namespace, set }: Site): Promise<void> {
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
  const [first, ...others] = set.objects as [BenchObject, ...BenchObject[]];
  const left = [changed(first), ...others];
  const worker = async (): Promise<void> => {
    for (let object = left.shift(); object !== undefined; object = left.shift()) {
      const path = `${object.group}/namespaces/${namespace}/${object.plural}/${object.name}`;
      await ask('GET', path);
      await ask('PATCH', `${path}?dryRun=All&fieldManager=plumbline&force=true`, object.text);
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
    ...(site.set.slow ? { diff: () => kubectl(site, ['diff', '-f', site.folder]) } : {}),
  };
  const { length: count } = site.set.objects;
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
    `${count} ${site.set.what}, one of them changed, ${ROUNDS} rounds; requests for each object: ${(requests / count).toFixed(2)}`,
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

const SETS: readonly ObjectSet[] = [
  { what: 'ConfigMaps', objects: configMaps(300), slow: true },
  { what: 'ConfigMaps', objects: configMaps(3_000), slow: false },
  { what: 'objects of six kinds', objects: mixedObjects(1_000), slow: false },
];

const cluster = await startKubeCluster({
  onProgress: (message) => void process.stderr.write(`${message}\n`),
});
try {
  for (const set of SETS) {
    const site = await prepare(cluster, set);
    if (!(await measure(site))) process.exitCode = 1;
    await site.bench.remove();
  }
} finally {
  await cluster.stop();
}
