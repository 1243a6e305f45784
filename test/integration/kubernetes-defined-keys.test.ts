import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aDefinedRepo, type DefinedRepo } from '../support/defined-repo.ts';
import { sharedCluster } from '../support/kube-shared.ts';
import { changesOf } from '../support/kubernetes-stack.ts';

const kustomization = (name: string, namespace: string) => `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: { name: ${name}, namespace: flux-system }
spec:
  path: ./apps/shop
  prune: true
  targetNamespace: ${namespace}
  sourceRef: { kind: GitRepository, name: flux-system }
`;

describe('the stack of a definition', () => {
  let repo: DefinedRepo;
  let namespace: string;

  beforeAll(async () => {
    const cluster = await sharedCluster();
    namespace = await cluster.namespace('keys');
    const files = {
      'clusters/home/shop.yaml': kustomization('shop', namespace),
      'apps/shop/settings.yaml':
        'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: settings }\ndata: { color: red }\n',
    };
    const options = { namespace: `${namespace}-inventory` };
    repo = await aDefinedRepo(cluster, { files }, { name: 'home', options });
  }, 300_000);

  afterAll(async () => {
    await repo.kubectl('delete', 'namespace', namespace, `${namespace}-inventory`, '--wait=false');
    await repo.remove();
  });

  const only = async (key: string) => {
    const { stacks } = await repo.discover();
    const stack = stacks.find((each) => each.key === key);
    expect(stack, stacks.map((each) => each.key).join(', ')).toBeDefined();
    return stack!;
  };

  it('stays what it is when another cluster gets one of the same folder', async () => {
    expect(await repo.apply(await only('apps/shop@home'))).toMatchObject({ status: 'applied' });
    await repo.bench.write({ 'clusters/work/shop.yaml': kustomization('shop', namespace) });
    const { plan } = await repo.plan(await only('apps/shop@home'));
    expect(plan.basis.problems).toBeUndefined();
    expect(plan).toMatchObject({ changes: [], warnings: [] });
  });

  it('takes over what it had when its definition gets another name, and not before', async () => {
    await repo.bench.write({ 'clusters/home/more.yaml': kustomization('store', namespace) });
    const store = await only('apps/shop@home.store');
    expect((await repo.plan(store)).plan.basis.problems).toMatchObject([{ code: 'owned_elsewhere' }]);
    await rm(join(repo.bench.workTree, 'clusters/home/shop.yaml'));
    const { plan } = await repo.plan(store);
    expect(changesOf(plan)).toEqual(['update ConfigMap/settings pending']);
    expect(plan.warnings).toEqual([
      expect.stringMatching(/ConfigMap\/settings is taken over from apps\/shop@home, which no definition/),
    ]);
    expect(await repo.apply(store)).toMatchObject({ status: 'applied' });
    expect((await repo.plan(store)).plan).toMatchObject({ changes: [], warnings: [] });
  });
});

describe('a stack on a cluster that the config has come to keep for other repositories', () => {
  it('is not planned there', async () => {
    const files = { 'clusters/home/shop.yaml': kustomization('shop', 'shop'), 'apps/shop/a.yaml': '' };
    const cluster = { name: 'home', kubeconfig: '/nowhere/kubeconfig' };
    const kept = { clusters: [{ ...cluster, repos: ['other'] }] };
    const repo = await aDefinedRepo(null, { files }, { options: kept });
    const { stacks } = await repo.discover({ options: { clusters: [cluster] } });
    await expect(repo.plan(stacks[0]!)).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringMatching(
        /apps\/shop@home of \S+ is on the cluster "home", .* keeps for other/,
      ) as string,
    });
    await repo.remove();
  });
});
