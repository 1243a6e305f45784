import { describe, expect, it } from 'vitest';
import { readFluxKustomization } from './flux/kustomization.ts';
import { clusterFolders } from './flux/clusters-of.ts';
import { placeDefinitions, type ClusterChoice } from './placed-stacks.ts';
import type { ClusterHint, StackDefinition } from './stack-definition.ts';

function aDefinition(name: string, path: string, cluster: ClusterHint): StackDefinition {
  const metadata = { name, namespace: 'flux-system' };
  const object = {
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata,
    spec: { path },
  };
  const { definition } = readFluxKustomization({ object, tool: 'flux', file: 'x.yaml', line: 1 }, []);
  return { ...definition!, cluster };
}

const folder = (...names: string[]): ClusterHint => ({ by: 'folder', names });
const on = (defaultCluster: string | null, ...names: string[]): ClusterChoice => ({
  clusters: names.map((name) => ({ name, server: name === 'far' ? 'https://far.example.com:6443' : null })),
  defaultCluster,
});

describe('the cluster of a definition', () => {
  it.each<[string, ClusterHint[], ClusterChoice, (string | null)[]]>([
    ['the folder’s', [folder('a'), folder('b')], on('a', 'a', 'b'), ['a', 'b']],
    [
      'the default one, for the only folder, whatever it is called',
      [folder('prod')],
      on('home', 'home'),
      ['home'],
    ],
    [
      'none, for a folder that nobody has configured beside others',
      [folder('a'), folder('b')],
      on('a', 'a'),
      ['a'],
    ],
    ['the default one, without a folder', [folder()], on('a', 'a', 'b'), ['a']],
    ['none, without a folder and a default', [folder()], on(null, 'a', 'b'), []],
    ['each, for a folder of several', [folder('a', 'b')], on('a', 'a', 'b'), ['a', 'b']],
    ['that of its name', [{ by: 'name', name: 'b' }], on('a', 'a', 'b'), ['b']],
    ['none, of an unknown name', [{ by: 'name', name: 'c' }], on('a', 'a', 'b'), []],
    [
      'that of its server',
      [{ by: 'server', url: 'https://far.example.com:6443/' }],
      on('a', 'a', 'far'),
      ['far'],
    ],
    [
      'the default one, in the cluster',
      [{ by: 'server', url: 'https://kubernetes.default.svc' }],
      on('a', 'a', 'b'),
      ['a'],
    ],
    [
      'the default one, by the name in-cluster',
      [{ by: 'name', name: 'in-cluster' }],
      on('a', 'a', 'b'),
      ['a'],
    ],
  ])('is %s', (_, hints, choice, clusters) => {
    const definitions = hints.map((hint, index) => aDefinition(`d${index}`, `p${index}`, hint));
    const { placed, warnings } = placeDefinitions({ definitions, warnings: [] }, choice);
    expect(placed.map(({ cluster }) => cluster)).toEqual(clusters);
    expect(warnings).toHaveLength(clusters.length >= hints.length ? 0 : 1);
  });
});

describe('the keys of definitions', () => {
  it.each<[string, StackDefinition[], string[]]>([
    ['one of a folder', [aDefinition('x', 'p', folder('a'))], ['default']],
    ['two of a folder', [aDefinition('x', 'p', folder('a')), aDefinition('y', 'p', folder('a'))], ['x', 'y']],
    [
      'one of a folder for each cluster',
      [aDefinition('x', 'p', folder('a')), aDefinition('x', 'p', folder('b'))],
      ['a', 'b'],
    ],
    [
      'two of a folder for one of the clusters',
      [
        aDefinition('x', 'p', folder('a')),
        aDefinition('y', 'p', folder('a')),
        aDefinition('x', 'p', folder('b')),
      ],
      ['a.x', 'a.y', 'b'],
    ],
  ])('tell %s apart', (_, definitions, workspaces) => {
    const { placed } = placeDefinitions({ definitions, warnings: [] }, on('a', 'a', 'b'));
    expect(placed.map(({ workspace }) => workspace)).toEqual(workspaces);
  });

  it('stay when another cluster is configured', () => {
    const definitions = [aDefinition('x', 'p', folder('a')), aDefinition('x', 'p', folder('b'))];
    const { placed } = placeDefinitions({ definitions, warnings: [] }, on('a', 'a'));
    expect(placed.map(({ workspace }) => workspace)).toEqual(['a']);
  });
});

describe('clusterFolders', () => {
  it('follows the definitions that lead to a file', () => {
    const foldersOf = clusterFolders([
      { file: 'gitops/clusters/home/apps.yaml', path: 'gitops/apps' },
      { file: 'gitops/clusters/work/apps.yaml', path: 'gitops/apps' },
      { file: 'gitops/apps/loop.yaml', path: 'gitops/apps' },
    ]);
    expect(foldersOf('gitops/clusters/home/apps.yaml')).toEqual(['home']);
    expect(foldersOf('gitops/apps/shop/more.yaml')).toEqual(['home', 'work']);
    expect(foldersOf('other/x.yaml')).toEqual([]);
  });
});
