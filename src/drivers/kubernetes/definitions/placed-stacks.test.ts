import { assert, property, shuffledSubarray } from 'fast-check';
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
  const { definitions, clusters } = {
    clusters: ['a', 'b'],
    definitions: [
      aDefinition('p', 'p', folder('a')),
      aDefinition('x', 'p', folder('a')),
      aDefinition('p', 'p', folder('b')),
      aDefinition('q', 'p/q', folder('a', 'b')),
      aDefinition('p', 'p/a', folder('a')),
      aDefinition('q', 'q', { by: 'name', name: 'in-cluster' }),
      aDefinition('x', 'q', { by: 'server', url: 'https://kubernetes.default.svc' }),
    ],
  };
  const keysOfPlaced = (some: readonly StackDefinition[], known = clusters) =>
    placeDefinitions({ definitions: [...some], warnings: [] }, on('a', ...known)).placed.map(
      ({ definition, workspace }) => `${definition.path}@${workspace}`,
    );

  it('tell stacks of one folder apart', () => {
    expect(keysOfPlaced(definitions)).toEqual([
      'p@a',
      'p@a.x',
      'p@b',
      'p/q@a',
      'p/q@b',
      'p/a@default',
      'q@default',
      'q@x',
    ]);
  });

  it('are those that each has alone, whatever else is there', () => {
    const alone = definitions.map((each) => [each, keysOfPlaced([each])] as const);
    assert(
      property(shuffledSubarray(alone), (some) => {
        const together = keysOfPlaced(some.map(([each]) => each));
        expect(together).toEqual(some.flatMap(([, keys]) => keys));
      }),
    );
  });

  it('stay when another cluster is configured', () => {
    const some = [aDefinition('x', 'p', folder('a')), aDefinition('x', 'p', folder('b'))];
    expect(keysOfPlaced(some, ['a'])).toEqual(['p@a.x']);
    expect(keysOfPlaced(some, ['a', 'b'])).toEqual(['p@a.x', 'p@b.x']);
  });

  it('are never the same twice: one of the two is left out, and both are named', () => {
    const two = [aDefinition('a', 'p', folder()), aDefinition('p', 'p', folder('a'))];
    const { placed, warnings } = placeDefinitions({ definitions: two, warnings: [] }, on('a', 'a'));
    expect(placed.map(({ definition }) => definition.name)).toEqual(['p']);
    expect(warnings).toEqual([
      expect.stringMatching(
        /flux-system\/a .*left out: .*flux-system\/p .*the stack p@a, would have the same key/,
      ),
    ]);
  });

  it('are one where the config puts the same definition of two folders on one cluster', () => {
    const two = [aDefinition('p', 'p', folder('b')), aDefinition('p', 'p', folder('a'))];
    const { placed, warnings } = placeDefinitions(
      { definitions: two, warnings: [] },
      on('a', 'a'),
      () => 'a',
    );
    expect(placed.map(({ definition }) => definition.cluster)).toEqual([folder('a')]);
    expect(warnings).toHaveLength(1);
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
