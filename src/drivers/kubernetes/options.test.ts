import { describe, expect, it } from 'vitest';
import { kubernetesOptions } from './options.ts';
import { optionsOfStack, readKubernetesOptions } from './stack-options.ts';

const CLUSTERS = [{ name: 'east' }, { name: 'west' }];

describe('drivers.kubernetes', () => {
  it('has a default for everything', () => {
    expect(readKubernetesOptions(undefined)).toMatchObject({
      clusters: [],
      defaultCluster: null,
      namespace: 'plumbline-system',
      allowRemoteBases: false,
      otherwise: { path: '**', source: 'auto', helm: { includeCrds: true } },
    });
  });

  it('gives clusters as the transport takes them', () => {
    const { clusters } = readKubernetesOptions({
      clusters: [{ name: 'east', kubeconfig: '/etc/kube', timeout: '1m30s', impersonate: { user: 'x' } }],
    });
    expect(clusters).toEqual([
      {
        name: 'east',
        kubeconfig: '/etc/kube',
        context: null,
        inCluster: false,
        timeoutMs: 90_000,
        maxInFlight: 16,
        server: null,
        repos: null,
        impersonate: { user: 'x', groups: [] },
      },
    ]);
  });

  it('gives rules as those who apply them take them', () => {
    const { otherwise } = readKubernetesOptions({
      health: [
        { group: 'x.io', kind: 'X', current: 'true', failed: 'false' },
        { kind: 'Y', json_path: '{.status.phase}', value: 'Ready' },
      ],
      ignore_differences: [
        { group: 'apps', kind: 'Deployment', name: 'a', json_pointers: ['/spec/replicas'] },
      ],
    });
    expect(otherwise.health).toEqual([
      {
        name: 'drivers.kubernetes.health[0]',
        group: 'x.io',
        kind: 'X',
        test: { current: 'true', failed: 'false' },
      },
      {
        name: 'drivers.kubernetes.health[1]',
        group: '',
        kind: 'Y',
        test: { jsonPath: '{.status.phase}', value: 'Ready' },
      },
    ]);
    expect(otherwise.ignoreDifferences).toEqual([
      {
        group: 'apps',
        kind: 'Deployment',
        name: 'a',
        jsonPointers: ['/spec/replicas'],
        jqPathExpressions: [],
        managedFieldsManagers: [],
      },
    ]);
  });

  it('takes the only cluster for the default one, and none of several', () => {
    expect(readKubernetesOptions({ clusters: [{ name: 'east' }] }).defaultCluster).toBe('east');
    expect(readKubernetesOptions({ clusters: CLUSTERS }).defaultCluster).toBeNull();
    expect(readKubernetesOptions({ clusters: CLUSTERS, default_cluster: 'west' }).defaultCluster).toBe(
      'west',
    );
  });

  it('reads what it has read before, as published settings are', () => {
    const given = {
      clusters: CLUSTERS,
      stacks: [{ path: 'k8s/*', cluster: ['east', 'west'], helm: { values: ['a.yaml'] } }],
      health: [{ group: 'x.io', kind: 'X', current: 'true' }],
      ignore_differences: [{ group: 'apps', kind: 'Deployment', json_pointers: ['/spec/replicas'] }],
    };
    const once = kubernetesOptions.parse(given);
    expect(kubernetesOptions.parse(once)).toEqual(once);
  });

  it('gives a stack the first entry of its folder and name, with the rules of all stacks', () => {
    const options = readKubernetesOptions({
      clusters: CLUSTERS,
      stacks: [
        { path: 'shop', name: 'blue', namespace: 'blue' },
        { path: './shop/', namespace: 'green' },
        { path: '**', namespace: 'all' },
      ],
      ignore_differences: [{ kind: 'Secret', managed_fields_managers: ['x'] }],
    });
    const of = (path: string, settings = {}) => optionsOfStack(options, { path, settings });
    expect(of('shop', { name: 'blue' }).namespace).toBe('blue');
    expect(of('shop').namespace).toBe('green');
    expect(of('shop').ignoreDifferences).toMatchObject([{ kind: 'Secret', group: '' }]);
    expect(of('other').namespace).toBe('all');
    expect(optionsOfStack(readKubernetesOptions({}), { path: 'a' }).path).toBe('**');
  });

  it.each([
    [{ clusters: [{ name: 'a b' }] }, ['clusters', 0, 'name'], 'letters'],
    [{ clusters: [{ name: 'a', kubeconfig: '~/x' }] }, ['clusters', 0, 'kubeconfig'], 'absolute'],
    [{ clusters: [{ name: 'a', timeout: '5' }] }, ['clusters', 0, 'timeout'], 'has no unit'],
    [{ clusters: [{ name: 'a', timeout: '1ms' }] }, ['clusters', 0, 'timeout'], 'the least is 1s'],
    [{ clusters: [{ name: 'a', timeout: '11m' }] }, ['clusters', 0, 'timeout'], 'the most is 10m'],
    [{ clusters: [{ name: 'a' }, { name: 'a' }] }, ['clusters', 1], 'another cluster'],
    [{ clusters: [{ name: 'a', in_cluster: true, kubeconfig: '/x' }] }, ['clusters', 0], 'not both'],
    [{ default_cluster: 'x' }, ['default_cluster'], 'the clusters are: none'],
    [{ clusters: CLUSTERS, stacks: [{ path: 'a', cluster: ['x'] }] }, ['stacks', 0, 'cluster'], 'east, west'],
    [{ stacks: [{ path: 'a', helm: { chart: 'x' } }] }, ['stacks', 0, 'helm'], 'go together'],
    [
      { stacks: [{ path: 'a', helm: { chart: 'x', repo: 'https://u:p@example.com', version: '1.0.0' } }] },
      ['stacks', 0, 'helm', 'repo'],
      'credentials',
    ],
    [
      { stacks: [{ path: 'a', helm: { chart: 'x', repo: 'https://example.com', version: '^1.0.0' } }] },
      ['stacks', 0, 'helm', 'version'],
      'not a range',
    ],
    [{ stacks: [{ path: '../a' }] }, ['stacks', 0, 'path'], 'relative'],
    [{ stacks: [{ path: 'a/*', name: 'x' }] }, ['stacks', 0, 'name'], 'one folder'],
    [{ stacks: [{ path: 'a', sync_options: ['Prune'] }] }, ['stacks', 0, 'sync_options', 0], 'Option=value'],
    [{ ignore_differences: [{ kind: 'X' }] }, ['ignore_differences', 0], 'nothing to ignore'],
    [{ health: [{ kind: 'X', value: 'a' }] }, ['health', 0], 'needs either'],
    [{ health: [{ kind: 'X', current: 'true', json_path: '{.a}' }] }, ['health', 0], 'needs either'],
    [{ health: [{ kind: 'X', failed: 'true', json_path: '{.a}' }] }, ['health', 0], 'needs either'],
  ])('%j is refused', (given, path, why) => {
    const { error } = kubernetesOptions.safeParse(given);
    expect(error?.issues).toMatchObject([{ path }]);
    expect(error?.issues[0]?.message).toContain(why);
  });
});
