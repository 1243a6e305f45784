/**
 * 1,000 Kubernetes stacks of four objects each (a Deployment without replicas, a Service, a ServiceAccount, an Ingress) on a real API
 * server, through the real workflows: all of them are created, then passes find nothing, then 1 % has drifted and is repaired. At the
 * end, what passes leave in the databases. Usage: node bench/kubernetes-thousand.ts [STACKS [PASSES]]
 */
import { fileURLToPath } from 'node:url';
import { loadWorkflowBundle } from '../src/workers/bundle.ts';
import { startKubeCluster } from '../test/support/kube-cluster.ts';
import { startKubernetesWorld, type KubernetesWorld, type Pass } from '../test/support/kubernetes-world.ts';
import { startTestTemporal } from '../test/support/temporal.ts';
import { median } from './support/shell-loop.ts';

const STACKS = Number(process.argv[2] ?? 1_000);
const PASSES = Number(process.argv[3] ?? 5);
/** Flux publishes 1,000 Kustomizations in 4 min 13 s, on 16 cores. */
const FLUX_PER_SECOND = 1_000 / 253;
const MEBIBYTE = 1024 ** 2;
/** 1 % of the stacks, and one at least. */
const DRIFTED = Math.max(1, Math.floor(STACKS / 100));

const nameOf = (index: number) => `app-${String(index).padStart(4, '0')}`;

/** Without cluster IPs, of which the service network has too few; nobody here gives an Ingress its address. */
function manifest(name: string): string {
  return `apiVersion: v1
kind: ServiceAccount
metadata: { name: ${name} }
---
apiVersion: v1
kind: Service
metadata: { name: ${name} }
spec:
  clusterIP: None
  selector: { app: ${name} }
  ports: [{ name: http, port: 80, targetPort: 8080 }]
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name} }
spec:
  replicas: 0
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec:
      serviceAccountName: ${name}
      containers:
        - name: web
          image: registry.example.com/${name}:1
          ports: [{ containerPort: 8080 }]
          resources: { requests: { cpu: 1000m, memory: 64Mi }, limits: { memory: 128Mi } }
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: ${name}, annotations: { plumbline.dev/ignore-healthcheck: "true" } }
spec:
  rules:
    - host: ${name}.example.com
      http:
        paths:
          - { path: /, pathType: Prefix, backend: { service: { name: ${name}, port: { name: http } } } }
`;
}

function say(what: string, pass: Pass): void {
  const perSecond = STACKS / pass.seconds;
  const took = pass.jobs
    .flatMap(({ startedAt, endedAt }) =>
      startedAt === null || endedAt === null ? [] : [Date.parse(endedAt) - Date.parse(startedAt)],
    )
    .toSorted((a, b) => a - b);
  const at = (share: number) => took[Math.min(took.length - 1, Math.floor(took.length * share))];
  console.log(
    `${what}: ${pass.seconds.toFixed(1)} s, ${perSecond.toFixed(1)} stacks a second; plan of a stack p50 ${at(0.5)} ms, p99 ${at(0.99)} ms; ${pass.events} events, ${pass.children.length} children`,
  );
}

function check(what: string, met: boolean): void {
  console.log(`  ${what}: ${met ? 'met' : 'NOT MET'}`);
  if (!met) process.exitCode = 1;
}

async function requests(work: () => Promise<void>): Promise<number> {
  const before = (await cluster.auditLog()).length;
  await work();
  return (await cluster.auditLog()).filter(
    ({ userAgent }, index) => index >= before && userAgent === 'plumbline',
  ).length;
}

/** The versions of everything that the stacks have. */
async function versions({ namespace }: KubernetesWorld): Promise<string> {
  const lists = await Promise.all(
    [
      `/api/v1/namespaces/${namespace}/services`,
      `/api/v1/namespaces/${namespace}/serviceaccounts`,
      `/apis/apps/v1/namespaces/${namespace}/deployments`,
      `/apis/networking.k8s.io/v1/namespaces/${namespace}/ingresses`,
    ].map((path) => cluster.must('GET', path)),
  );
  const items = lists.flatMap(
    (list) => list['items'] as { metadata: { uid: string; resourceVersion: string } }[],
  );
  return items.map(({ metadata }) => `${metadata.uid} ${metadata.resourceVersion}`).join('\n');
}

async function drift({ namespace }: KubernetesWorld, count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    const path = `/api/v1/namespaces/${namespace}/services/${nameOf(index * Math.floor(STACKS / count))}`;
    const body = [{ op: 'replace', path: '/spec/ports/0/targetPort', value: 9090 }];
    await cluster.must('PATCH', path, { body, contentType: 'application/json-patch+json' });
  }
}

async function growth(world: KubernetesWorld): Promise<void> {
  const clean: Pass[] = [];
  const grown: number[] = [];
  let before = await world.sizes();
  const told = (size: { store: number; temporal: number }) =>
    `store ${(size.store / MEBIBYTE).toFixed(1)} MiB, Temporal ${(size.temporal / MEBIBYTE).toFixed(1)} MiB`;
  for (let pass = 0; pass < 2 * PASSES; pass += 1) {
    // In the second half, as retention does every night of what is old enough.
    if (pass >= PASSES) await world.forget();
    clean.push(await world.run('scanRepo'));
    const after = await world.sizes();
    grown.push(after.store - before.store);
    console.log(`  pass ${pass + 1}${pass >= PASSES ? ', after retention' : ''}: ${told(after)}`);
    before = after;
  }
  const late = grown.slice(-Math.ceil(PASSES / 2)).reduce((sum, size) => sum + size, 0);
  check('with retention, the store no longer grows (less than 1 MiB)', late < MEBIBYTE);
  const perSecond = STACKS / median(clean.map(({ seconds }) => seconds));
  check(
    `faster than Flux’s published ${FLUX_PER_SECOND.toFixed(1)} a second (${perSecond.toFixed(1)})`,
    perSecond > FLUX_PER_SECOND,
  );
}

const files = Object.fromEntries(
  Array.from({ length: STACKS }, (_, index) => [
    `envs/dev/${nameOf(index)}/app.yaml`,
    manifest(nameOf(index)),
  ]),
);
const cluster = await startKubeCluster({
  onProgress: (message) => void process.stderr.write(`${message}\n`),
});
const temporal = await startTestTemporal();
// The bundle that the build made, as in a real worker: bundling here would count as the worker's memory.
const bundle = await loadWorkflowBundle(
  fileURLToPath(new URL('../dist/workflow-bundle.js', import.meta.url)),
);
const world = await startKubernetesWorld({ cluster, temporal, files: () => files, overrides: { bundle } });
let peak = 0;
const meter = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 100);
try {
  await measure();
  console.log(`peak memory of the worker: ${Math.round(peak / MEBIBYTE)} MiB`);
} finally {
  clearInterval(meter);
  await world.stop();
  await temporal.stop();
  await cluster.stop();
}

async function measure(): Promise<void> {
  const created = await world.run('syncRepo');
  say('create', created);
  const stacks = await world.store.stacks.list(world.repo);
  check('every stack is in sync', stacks.filter(({ status }) => status === 'in_sync').length === STACKS);
  const before = await versions(world);
  let clean: Pass | undefined;
  const asked = await requests(async () => {
    clean = await world.run('scanRepo');
  });
  say('no-op pass', clean!);
  console.log(`  ${(asked / STACKS / 4).toFixed(2)} requests an object`);
  const { task, children } = clean!;
  check('nothing was found, no child was started', task.counts.drifted === 0 && children.length === 0);
  check('nothing was written', (await versions(world)) === before);
  await drift(world, DRIFTED);
  const repaired = await world.run('reconcileRepo');
  say('1 % drift, found and repaired', repaired);
  check('just these were applied', repaired.children.length === DRIFTED);
  await growth(world);
}
