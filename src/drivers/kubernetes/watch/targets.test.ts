import { describe, expect, it } from 'vitest';
import type { WatchedStack } from '../../stack-watch.ts';
import { kubernetesWatch } from './index.ts';

const STACK: WatchedStack = {
  repo: 'homelab',
  key: 'apps/shop',
  path: 'apps/shop',
  settings: { cluster: 'home' },
  status: 'in_sync',
  scannedAt: null,
};
const CLUSTERS = [
  { name: 'home', kubeconfig: '/home.yaml' },
  { name: 'edge', kubeconfig: '/edge.yaml' },
];

describe('where a stack is watched', () => {
  it.each<[string, object, string[]]>([
    ['nowhere, unless it is asked for', {}, []],
    ['on its cluster, by the default of all stacks', { watch: true }, ['home']],
    ['on its cluster, by its entry', { stacks: [{ path: 'apps/**', watch: true }] }, ['home']],
    ['nowhere, where its entry says so', { watch: true, stacks: [{ path: 'apps/**', watch: false }] }, []],
    ['nowhere, where others are', { stacks: [{ path: 'base/**', watch: true }] }, []],
  ])('is %s', (_where, options, expected) => {
    const targets = kubernetesWatch.targets({ clusters: CLUSTERS, ...options });
    expect(targets.filter(({ covers }) => covers(STACK)).map(({ name }) => name)).toEqual(expected);
  });
});
