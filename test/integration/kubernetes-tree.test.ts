import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StackResource, StackResources } from '../../src/domain/resources/resource.ts';
import type { TestCluster } from '../support/kube-client.ts';
import { sharedCluster } from '../support/kube-shared.ts';
import { aKubernetesStack, type KubernetesStack } from '../support/kubernetes-stack.ts';
import { waitFor } from '../support/wait-for.ts';

const PASSWORD = 'correct-horse-battery';
const WEB = `apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 1
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: main, image: example.com/shop/web:1.4.2 }] }
`;
const SECRET = `apiVersion: v1\nkind: Secret\nmetadata: { name: login }\nstringData: { password: ${PASSWORD} }\n`;
const settings = (name: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\ndata: { color: red }\n`;

/** What is tested goes on from test to test: a stack from before it is applied to what somebody makes of it. */
describe('what a stack has on its cluster', () => {
  let cluster: TestCluster;
  let stack: KubernetesStack;
  const found = async (): Promise<Map<string, StackResource>> => byName(await stack.inspect());

  beforeAll(async () => {
    const files = { 'web.yaml': WEB, 'login.yaml': SECRET, 'a.yaml': settings('a'), 'b.yaml': settings('b') };
    cluster = await sharedCluster();
    stack = await aKubernetesStack(cluster, files);
  });

  afterAll(async () => {
    await stack?.remove();
  });

  it('is all missing before it is applied', async () => {
    const { resources, orphans, notes } = await stack.inspect();
    expect(resources.map(({ kind, name, sync, health }) => [kind, name, sync, health?.status])).toEqual([
      ['ConfigMap', 'a', 'missing', 'missing'],
      ['ConfigMap', 'b', 'missing', 'missing'],
      ['Deployment', 'web', 'missing', 'missing'],
      ['Secret', 'login', 'missing', 'missing'],
    ]);
    expect([orphans, notes]).toEqual([null, []]);
  });

  it('is told with what its controllers have made, and why that is not well', async () => {
    expect(await stack.apply()).toMatchObject({ status: 'applied' });
    const pod = await waitFor('a pod of web', async () => {
      const name = await stack.kubectl('get', 'pods', '-o', 'jsonpath={.items[*].metadata.name}');
      return name === '' ? undefined : name;
    });
    await crash(cluster, stack, pod);
    const { resources } = await stack.inspect();
    const [web, set, child] = resources.filter(({ images }) => images.length > 0);
    expect(web).toMatchObject({ kind: 'Deployment', parent: null, sync: 'synced' });
    expect(set).toMatchObject({ kind: 'ReplicaSet', parent: web!.address, sync: null });
    expect(child).toMatchObject({ kind: 'Pod', name: pod, parent: set!.address, sync: null });
    for (const { images } of [web!, set!, child!]) expect(images).toEqual(['example.com/shop/web:1.4.2']);
    expect(child!.ends).toMatchObject([{ container: 'main', exitCode: 3 }]);
    expect(child!.events).toMatchObject([{ type: 'Warning', reason: 'BackOff', count: 4 }]);
    expect(web!.health).toMatchObject({ status: 'progressing' });
    expect(web!.health?.reason).toContain(`container main of pod ${pod} ended with exit code 3`);
    expect(resources.indexOf(web!)).toBeLessThan(resources.indexOf(set!));
  });

  it('holds no value of a Secret, not even where a container has told it', async () => {
    const told = JSON.stringify(await stack.inspect({ orphans: true }));
    expect(told).not.toContain(PASSWORD);
    expect(told).not.toContain(Buffer.from(PASSWORD).toString('base64'));
    expect(told).toContain('the password was');
  });

  it('tells what drifted, what is pending, and what Git no longer has', async () => {
    await stack.edit('configmap/a', 's/red/green/');
    await stack.write({ 'web.yaml': WEB.replace('1.4.2', '1.5.0'), 'b.yaml': settings('c') });
    const now = await found();
    const states = ['a', 'b', 'c', 'web', 'login'].map((name) => now.get(name)?.sync);
    expect(states).toEqual(['drifted', 'extra', 'missing', 'pending', 'synced']);
    const { plan } = await stack.plan();
    const planned = new Map(plan.resources?.map(({ name, sync }) => [name, sync]));
    expect(['a', 'b', 'c', 'web', 'login'].map((name) => planned.get(name))).toEqual(states);
  });

  it('lists what nobody declared in its namespace, without what every namespace has', async () => {
    await stack.kubectl('create', 'configmap', 'by-hand');
    await stack.kubectl('create', 'secret', 'generic', 'hidden', `--from-literal=key=${PASSWORD}`);
    const { orphans } = await stack.inspect({ orphans: true });
    expect(orphans?.map(({ kind, name }) => `${kind}/${name}`)).toEqual([
      'ConfigMap/by-hand',
      'Secret/hidden',
    ]);
  });

  it('says of an object that the cluster refuses that nothing is known of it', async () => {
    await stack.write({ 'bad.yaml': settings('Not_A_Name') });
    const { resources, notes } = await stack.inspect();
    expect(resources.find(({ name }) => name === 'Not_A_Name')).toMatchObject({
      sync: 'unknown',
      health: null,
    });
    expect(notes.join('\n')).toContain('Not_A_Name');
  });
});

function byName({ resources }: StackResources): Map<string, StackResource> {
  return new Map(resources.map((resource) => [resource.name, resource]));
}

/** What a kubelet would say of a pod that ends again and again, and tells what it should not. */
async function crash(cluster: TestCluster, stack: KubernetesStack, pod: string): Promise<void> {
  const { namespace } = stack;
  const message = `the password was ${PASSWORD}`;
  const containerStatuses = [
    {
      name: 'main',
      image: 'example.com/shop/web:1.4.2',
      imageID: '',
      ready: false,
      restartCount: 4,
      state: { waiting: { reason: 'CrashLoopBackOff' } },
      lastState: { terminated: { exitCode: 3, reason: 'Error', message } },
    },
  ];
  const patch = JSON.stringify({ status: { phase: 'Running', containerStatuses } });
  await stack.kubectl('patch', 'pod', pod, '--subresource=status', '--type=merge', '-p', patch);
  const uid = await stack.kubectl('get', 'pod', pod, '-o', 'jsonpath={.metadata.uid}');
  const [firstTimestamp, lastTimestamp] = ['2026-11-20T09:00:00Z', '2026-11-20T09:04:00Z'];
  const event = {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `${pod}.backoff`, namespace },
    involvedObject: { kind: 'Pod', namespace, name: pod, uid },
    type: 'Warning',
    reason: 'BackOff',
    message: `Back-off restarting failed container: ${message}`,
    count: 4,
    firstTimestamp,
    lastTimestamp,
  };
  await cluster.must('POST', `/api/v1/namespaces/${namespace}/events`, { body: event });
}
