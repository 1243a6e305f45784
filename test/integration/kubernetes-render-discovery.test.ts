import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { discoverKubernetes } from '../../src/drivers/kubernetes/discover.ts';
import { kubernetesOptions } from '../../src/drivers/kubernetes/options.ts';
import type { Discovery, DiscoverySource, Driver } from '../../src/drivers/driver.ts';
import { aBench, discoverIn, type Bench } from '../support/terraform.ts';

const MANIFEST = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n';
const ONE = { clusters: [{ name: 'east' }] };
const TWO = { clusters: [{ name: 'east' }, { name: 'west' }] };
const driver = {
  kind: 'kubernetes',
  options: kubernetesOptions,
  discover: discoverKubernetes,
} as unknown as Driver;

let bench: Bench;
beforeEach(async () => {
  bench = await aBench();
});
afterEach(() => bench.remove());

const discover = (options: unknown, source: Partial<DiscoverySource> = {}): Promise<Discovery> =>
  discoverIn(driver, bench, { options, ...source });
const keys = async (options: unknown, source: Partial<DiscoverySource> = {}) =>
  (await discover(options, source)).stacks.map((stack) => stack.key);

const TREE = {
  'apps/base/web/kustomization.yaml': 'resources: [web.yaml]',
  'apps/base/web/web.yaml': MANIFEST,
  'apps/prod/web/kustomization.yaml': 'resources: [../../base/web/]\ncomponents: [../../parts/tls]',
  'apps/parts/tls/kustomization.yaml': 'kind: Component',
  'apps/parts/unused/kustomization.yaml': 'kind: Component',
  'clusters/prod/kustomization.yaml': 'resources: [flux.yaml]',
  'clusters/prod/flux.yaml': MANIFEST,
  'k8s/staging/deep/web.yaml': MANIFEST,
  'k8s/nothing/values.yaml': 'replicas: 1',
  'k8s/mixed/overlays/kustomization.yaml': 'resources: []',
  'k8s/mixed/a.yaml': MANIFEST,
  'k8s/chart/Chart.yaml': 'name: chart',
  'k8s/chart/templates/a.yaml': MANIFEST,
  'k8s/jsonnet/main.jsonnet': '{}',
  'other/a.yaml': MANIFEST,
  '.github/x/kustomization.yaml': 'resources: []',
};

describe('discovery of Kubernetes stacks', () => {
  it('finds kustomization roots and folders of k8s/, once there is a cluster', async () => {
    await bench.write(TREE);
    expect(await keys({})).toEqual([]);
    const { stacks, warnings } = await discover(ONE);
    expect(warnings).toEqual([]);
    expect(stacks.map((stack) => `${stack.key} ${stack.settings?.['source']}`)).toEqual([
      'apps/prod/web kustomize',
      'clusters/prod kustomize',
      'k8s/mixed/overlays kustomize',
      'k8s/staging directory',
    ]);
    expect(stacks[0]).toEqual({
      key: 'apps/prod/web',
      kind: 'kubernetes',
      path: 'apps/prod/web',
      workspace: 'default',
      dependsOn: [],
      settings: { cluster: 'east', source: 'kustomize' },
    });
  });

  it('heeds discovery’s globs', async () => {
    await bench.write(TREE);
    expect(await keys(ONE, { include: ['apps/**', 'k8s/**'], exclude: ['k8s/mixed/**'] })).toEqual([
      'apps/prod/web',
      'k8s/staging',
    ]);
  });

  it('takes what is listed, charts and jsonnet as well, and leaves what it doesn’t know to others', async () => {
    await bench.write(TREE);
    const listed = ['k8s/chart', './k8s/jsonnet/', 'apps/base/web', 'other', 'k8s/nothing', 'gone', '../out'];
    expect(await keys(ONE, { listed })).toEqual(['k8s/chart', 'k8s/jsonnet', 'apps/base/web', 'other']);
    expect(await keys(ONE, { listed: ['apps/parts/tls'] })).toEqual([]);
  });

  it('goes by the globs of the options instead, without what others are made of', async () => {
    await bench.write({ ...TREE, 'other/below/b.yaml': MANIFEST, 'other/chart/Chart.yaml': 'name: x' });
    const stacks = [
      { path: 'apps/**' },
      { path: 'k8s/{chart,jsonnet}' },
      { path: 'k8s/chart/**' },
      { path: 'other/**' },
    ];
    expect(await keys({ ...ONE, stacks })).toEqual([
      'apps/prod/web',
      'k8s/chart',
      'k8s/jsonnet',
      'other',
      'other/chart',
    ]);
    expect(await keys({ ...ONE, stacks: [{ path: 'apps/base/web' }] })).toEqual(['apps/base/web']);
  });

  it('makes a stack for each cluster, and for each name', async () => {
    await bench.write(TREE);
    const stacks = [
      { path: 'other', name: 'blue', cluster: 'east' },
      { path: 'other', name: 'green', cluster: ['east', 'west'] },
      { path: 'apps/prod/*', cluster: ['east', 'west'], depends_on: ['other', 'infra/dns'] },
      { path: 'k8s/chart', cluster: 'west', depends_on: ['other@blue'] },
    ];
    const found = (await discover({ ...TWO, stacks })).stacks;
    expect(found.map(({ key, settings, dependsOn }) => [key, settings?.['cluster'], dependsOn])).toEqual([
      ['apps/prod/web@east', 'east', ['infra/dns', 'other@blue', 'other@green.east', 'other@green.west']],
      ['apps/prod/web@west', 'west', ['infra/dns', 'other@blue', 'other@green.east', 'other@green.west']],
      ['k8s/chart', 'west', ['other@blue']],
      ['other@blue', 'east', []],
      ['other@green.east', 'east', []],
      ['other@green.west', 'west', []],
    ]);
    expect(
      await keys({ ...TWO, stacks }, { listed: ['other@green.west', 'apps/prod/web', 'other@x'] }),
    ).toEqual(['other@green.west', 'apps/prod/web@east', 'apps/prod/web@west']);
  });

  it('makes a stack of a folder with nothing but values, where its chart is elsewhere', async () => {
    await bench.write(TREE);
    const helm = { chart: 'redis', repo: 'https://example.com', version: '1.0.0' };
    const options = { ...ONE, stacks: [{ path: 'k8s/nothing', helm }] };
    expect((await discover(options)).stacks).toMatchObject([
      { key: 'k8s/nothing', settings: { source: 'helm' } },
    ]);
    expect(await keys(options, { listed: ['k8s/nothing'] })).toEqual(['k8s/nothing']);
  });

  it('leaves out a stack whose cluster is not said, and says so', async () => {
    await bench.write(TREE);
    const { stacks, warnings } = await discover(TWO, { include: ['k8s/staging'] });
    expect(stacks).toEqual([]);
    expect(warnings).toEqual([expect.stringMatching(/^k8s\/staging is left out: .*\(east, west\)/)]);
    expect(await keys({ ...TWO, default_cluster: 'west' }, { include: ['k8s/staging'] })).toEqual([
      'k8s/staging',
    ]);
  });

  it('survives files that are no YAML and a kustomization of the root', async () => {
    await bench.write({ 'kustomization.yaml': 'resources: [a.yaml', 'k8s/x/a.yaml': '\0\0: [' });
    expect(await keys(ONE)).toEqual(['_root']);
  });
});
