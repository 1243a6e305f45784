import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { PlanBatch } from '../../src/drivers/driver.ts';
import { kubernetesDriver } from '../../src/drivers/kubernetes/index.ts';
import type { AccountRule, AuditEvent } from '../support/kube-client.ts';
import { startKubeCluster, type OwnCluster } from '../support/kube-cluster.ts';
import {
  aKubernetesStack,
  changesOf,
  type KubernetesStack,
  type StackChoices,
} from '../support/kubernetes-stack.ts';
import { planIn } from '../support/terraform.ts';

const MANIFESTS = (name: string, color = 'red') => ({
  'settings.yaml': `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\ndata: { color: ${color} }\n`,
  'account.yaml': `apiVersion: v1\nkind: ServiceAccount\nmetadata: { name: ${name} }\n`,
});

// All requests to it are counted, so that it takes a cluster of its own.
let cluster: OwnCluster;
let stacks: KubernetesStack[] = [];
beforeAll(async () => {
  cluster = await startKubeCluster();
});
afterAll(async () => await cluster?.stop());
afterEach(async () => await stacks[0]?.remove());

/** Three stacks of one repository, applied. */
async function threeStacks(choices: StackChoices = {}): Promise<void> {
  const first = await aKubernetesStack(cluster, MANIFESTS('a'), choices);
  const others = [await first.beside('apps/b', MANIFESTS('b')), await first.beside('apps/c', MANIFESTS('c'))];
  stacks = [first, ...others];
  for (const stack of stacks) expect(await stack.apply()).toMatchObject({ status: 'applied' });
}

const batchOf = (): PlanBatch =>
  kubernetesDriver.planMany!({
    repo: 'test',
    stacks: stacks.map(({ stack }) => stack),
    signal: new AbortController().signal,
  });

/** Plans one of the stacks with the batch. */
const planBy = async (batch: PlanBatch, { site, stack }: KubernetesStack, more: object = {}) =>
  (
    await planIn({ ...kubernetesDriver, plan: (context) => batch.plan(context) }, site.bench, stack, {
      options: site.options,
      ...more,
    })
  ).plan;

/** What a request was for: `list configmaps *`, `patch serviceaccounts a`. */
const wordsOf = ({ verb, objectRef }: AuditEvent) =>
  `${verb} ${objectRef?.resource ?? ''} ${objectRef?.name ?? '*'}`;

async function requestsOf(work: () => Promise<unknown>): Promise<string[]> {
  const from = new Set((await cluster.auditLog()).map(({ auditID }) => auditID));
  await work();
  return (await cluster.auditLog())
    .filter(({ auditID, userAgent }) => !from.has(auditID) && userAgent === 'plumbline')
    .filter(({ objectRef }) => objectRef !== undefined)
    .map(wordsOf)
    .toSorted();
}

describe('an apply', () => {
  it('plans once before it and, of what is well at once, once after it, and sends nothing twice', async () => {
    await threeStacks();
    const [stack] = stacks as [KubernetesStack];
    await stack.write(MANIFESTS('a', 'blue'));
    const { plan } = await stack.plan();
    const requests = await requestsOf(async () => {
      expect(await stack.applyPlan(plan)).toMatchObject({ status: 'applied' });
      expect(await stack.verify()).toMatchObject({ ok: true });
    });
    const onePlan = [
      'get configmaps a',
      'get namespaces kube-system',
      'get serviceaccounts a',
      'list configmaps *',
      'patch configmaps a',
      'patch serviceaccounts a',
    ];
    const isInventory = (words: string) => words.startsWith('patch configmaps inventory-');
    expect(requests.filter((words) => !isInventory(words))).toEqual(
      [...onePlan, ...onePlan, 'patch configmaps a'].toSorted(),
    );
    expect(requests.filter(isInventory)).toHaveLength(2);
  });
});

describe('stacks that are planned side by side', () => {
  it('share their reads: one list of each kind, one of the inventories, and one dry run for each object', async () => {
    await threeStacks();
    const batch = batchOf();
    const requests = await requestsOf(async () => {
      const plans = await Promise.all(stacks.map((stack) => planBy(batch, stack)));
      expect(plans.map(({ changes, artifacts }) => [changes, artifacts])).toEqual([
        [[], []],
        [[], []],
        [[], []],
      ]);
    });
    expect(requests).toEqual([
      'get namespaces kube-system',
      'list configmaps *',
      'list configmaps *',
      'list serviceaccounts *',
      ...['a', 'b', 'c'].map((name) => `patch configmaps ${name}`),
      ...['a', 'b', 'c'].map((name) => `patch serviceaccounts ${name}`),
    ]);
  });

  it('see what happens after these were read, and who did it', async () => {
    await threeStacks();
    const [first, second, third] = stacks as [KubernetesStack, KubernetesStack, KubernetesStack];
    const batch = batchOf();
    expect((await planBy(batch, first)).changes).toEqual([]);
    await first.edit('configmap/b', 's/red/green/');
    await first.kubectl('delete', 'configmap/c');
    const edited = await planBy(batch, second);
    expect(changesOf(edited)).toEqual(['update ConfigMap/b drift']);
    expect(edited.changes[0]?.attributes).toMatchObject([{ before: 'red', after: 'green' }]);
    expect(edited.changes[0]?.changedBy).toMatchObject([{ manager: 'kubectl-edit' }]);
    expect(changesOf(await planBy(batch, third))).toEqual(['create ConfigMap/c drift']);
    await first.kubectl('delete', 'serviceaccount/a');
    expect(changesOf(await planBy(batch, first))).toEqual(['create ServiceAccount/a drift']);
  });

  it('find by its name what has lost its label', async () => {
    await threeStacks();
    await stacks[0]!.kubectl('label', 'configmap/b', 'plumbline.dev/stack-');
    const batch = batchOf();
    const plans = await Promise.all(stacks.map((stack) => planBy(batch, stack)));
    expect(plans.map(changesOf)).toEqual([[], ['update ConfigMap/b drift'], []]);
  });

  it('are planned as well by somebody who may not list everywhere', async () => {
    const may = (resources: string[], verbs: string[], clusterWide: boolean): AccountRule => ({
      apiGroups: [''],
      resources,
      verbs,
      clusterWide,
    });
    await threeStacks({
      rights: [
        may(['namespaces'], ['get', 'create'], true),
        may(['configmaps'], ['get', 'list', 'patch', 'create'], true),
        may(['serviceaccounts'], ['get', 'patch', 'create'], false),
      ],
    });
    await stacks[0]!.kubectl('annotate', 'serviceaccount/b', 'somebody=here');
    const batch = batchOf();
    const requests = await requestsOf(async () => {
      const plans = await Promise.all(stacks.map((stack) => planBy(batch, stack)));
      expect(plans.map(({ basis: { problems } }) => problems)).toEqual([undefined, undefined, undefined]);
      expect(plans.flatMap(changesOf)).toEqual(['update ServiceAccount/b drift']);
    });
    expect(requests.filter((words) => words.startsWith('get serviceaccounts'))).toHaveLength(3);
  });

  it('are none of each other’s business: one that is cancelled, or has a problem, is alone with it', async () => {
    await threeStacks();
    const [first, second, third] = stacks as [KubernetesStack, KubernetesStack, KubernetesStack];
    await second.write({ 'account.yaml': 'kind: [' });
    const batch = batchOf();
    const plans = await Promise.allSettled([
      planBy(batch, first, { signal: AbortSignal.abort() }),
      planBy(batch, second),
      planBy(batch, third),
    ]);
    expect(plans).toMatchObject([
      { status: 'rejected', reason: { code: 'cancelled' } },
      { status: 'fulfilled', value: { basis: { problems: [{ code: 'config_invalid' }] } } },
      { status: 'fulfilled', value: { changes: [] } },
    ]);
  });
});
