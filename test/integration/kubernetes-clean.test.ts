import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestCluster } from '../support/kube-client.ts';
import { sharedCluster } from '../support/kube-shared.ts';
import { writesIn } from '../support/kubernetes-stack.ts';
import { startKubernetesWorld, type KubernetesWorld } from '../support/kubernetes-world.ts';
import { NEVER_CONVERGING } from '../support/never-converging.ts';
import { startTestTemporal, type TestTemporal } from '../support/temporal.ts';
import { waitFor } from '../support/wait-for.ts';

const RECONCILES = 10;

interface Listed {
  kind?: string;
  metadata: { name: string; uid: string; resourceVersion: string; generation?: number };
}

let cluster: TestCluster;
let temporal: TestTemporal;
let world: KubernetesWorld;
const ofCluster = () => [
  `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.${world.namespace}.example.com`,
  `/apis/rbac.authorization.k8s.io/v1/clusterroles/${world.namespace}-all`,
  `/apis/rbac.authorization.k8s.io/v1/clusterroles/${world.namespace}-part`,
  `/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/${world.namespace}`,
];

beforeAll(async () => {
  cluster = await sharedCluster();
  temporal = await startTestTemporal();
  world = await startKubernetesWorld({
    cluster,
    temporal,
    files: (namespace) =>
      Object.fromEntries(
        Object.entries(NEVER_CONVERGING(namespace)).map(([name, text]) => [
          `envs/dev/${name}/app.yaml`,
          text,
        ]),
      ),
  });
});
afterAll(async () => {
  if (world) for (const path of ofCluster()) await cluster.request('DELETE', path);
  await world?.stop();
  await temporal?.stop();
});

const inNamespace = (group: string, plural: string, namespace = world.namespace) =>
  `${group === '' ? '/api/v1' : `/apis/${group}`}/namespaces/${namespace}/${plural}`;

/** Versions of all that the stacks have, and of their inventories, by UID; but an autoscaler's controller never rests. */
async function versions(): Promise<Map<string, string>> {
  const lists = await Promise.all(
    [
      inNamespace('', 'configmaps'),
      inNamespace('', 'configmaps', `${world.namespace}-inventory`),
      inNamespace('', 'secrets'),
      inNamespace('', 'services'),
      inNamespace('', 'resourcequotas'),
      inNamespace('', 'limitranges'),
      inNamespace('apps/v1', 'deployments'),
      inNamespace('apps/v1', 'statefulsets'),
      inNamespace('apps/v1', 'daemonsets'),
      inNamespace('batch/v1', 'cronjobs'),
      inNamespace('networking.k8s.io/v1', 'networkpolicies'),
      inNamespace('policy/v1', 'poddisruptionbudgets'),
      inNamespace('rbac.authorization.k8s.io/v1', 'roles'),
      inNamespace(`${world.namespace}.example.com/v1`, 'widgets'),
    ].map(async (path) => (await cluster.must('GET', path))['items'] as unknown as Listed[]),
  );
  const singles = await Promise.all(
    ofCluster().map(async (path) => (await cluster.must('GET', path)) as unknown as Listed),
  );
  return new Map(
    [...lists.flat(), ...singles].map(({ metadata: { uid, name, resourceVersion } }) => [
      uid,
      `${name} ${resourceVersion}`,
    ]),
  );
}

/** What others do to the objects that is theirs to do. */
async function othersAtWork(): Promise<void> {
  const { namespace } = world;
  const scale = inNamespace('apps/v1', 'deployments/autoscaled/scale');
  await cluster.must('PUT', `${scale}?fieldManager=kube-controller-manager`, {
    body: {
      apiVersion: 'autoscaling/v1',
      kind: 'Scale',
      metadata: { name: 'autoscaled', namespace },
      spec: { replicas: 3 },
    },
  });
  const hook = `/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/${namespace}`;
  await cluster.must('PATCH', `${hook}?fieldManager=cainjector`, {
    contentType: 'application/json-patch+json',
    body: [{ op: 'add', path: '/webhooks/0/clientConfig/caBundle', value: await caBundle() }],
  });
  await cluster.must(
    'PATCH',
    `${inNamespace('', 'configmaps/last-applied')}?fieldManager=kubectl-client-side-apply`,
    {
      contentType: 'application/merge-patch+json',
      body: {
        metadata: { annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{"data":{}}\n' } },
      },
    },
  );
  await cluster.must('PATCH', `${inNamespace('', 'configmaps/other-manager')}?fieldManager=billing`, {
    contentType: 'application/apply-patch+yaml',
    body: {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'other-manager', labels: { 'billing.example.com/team': 'shop' } },
      data: { theirs: 'kept' },
    },
  });
}

/** What a webhook may be given: a certificate. */
async function caBundle(): Promise<string> {
  const { data } = (await cluster.must('GET', inNamespace('', 'configmaps/kube-root-ca.crt'))) as unknown as {
    data: Record<string, string>;
  };
  return Buffer.from(data['ca.crt']!).toString('base64');
}

/** Until the controllers have nothing more to write down. */
async function settled(): Promise<Map<string, string>> {
  let before = await versions();
  let same = 0;
  return await waitFor('the controllers to be done', async () => {
    const now = await versions();
    same = JSON.stringify([...now]) === JSON.stringify([...before]) ? same + 1 : 0;
    before = now;
    return same >= 20 ? now : undefined;
  });
}

describe('a cluster that is as Git wants it', () => {
  it(
    'is never written to in ten reconciles, whatever it keeps otherwise than it is written',
    { timeout: 600_000 },
    async () => {
      const { total } = (await world.run('syncRepo')).task.counts;
      expect(total).toBe(Object.keys(NEVER_CONVERGING('x')).length);
      const applied = (await world.store.stacks.list(world.repo)).map(({ key, status }) => [key, status]);
      expect(applied.filter(([, status]) => status !== 'in_sync')).toEqual([]);
      await othersAtWork();
      const before = await settled();
      const written = (await writesIn(cluster, world.namespace)).length;
      for (let pass = 0; pass < RECONCILES; pass += 1) {
        const { task, jobs, children } = await world.run('reconcileRepo');
        const found = await Promise.all(jobs.map(async ({ id }) => await world.store.plans.get(id)));
        const changes = found.flatMap((plan) =>
          (plan?.changes ?? []).map(({ address, attributes }) => [
            address,
            attributes.map(({ pointer }) => pointer),
          ]),
        );
        expect(changes).toEqual([]);
        expect(found.flatMap((plan) => plan?.basis?.problems ?? [])).toEqual([]);
        expect(task).toMatchObject({ status: 'completed', counts: { completed: total, drifted: 0 } });
        expect(children).toEqual([]);
        expect(found.flatMap((plan) => plan?.artifacts ?? [])).toEqual([]);
      }
      expect(await versions()).toEqual(before);
      expect(await writesIn(cluster, world.namespace)).toHaveLength(written);
      const scale = await cluster.must('GET', inNamespace('apps/v1', 'deployments/autoscaled/scale'));
      expect(scale).toMatchObject({ spec: { replicas: 3 } });
    },
  );
});
