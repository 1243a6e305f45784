import { describe, expect, it } from 'vitest';
import { isRemote, pluginFault, readKustomization } from './kustomization.ts';
import { readYamlDocuments } from './yaml-documents.ts';

describe('readKustomization', () => {
  it('finds every file and folder that is named, with its line', () => {
    const text = `kind: Component
resources: [../base, a.yaml]
bases:
- old
components: [c]
patches:
- path: p.yaml
- patch: "- op: add"
patchesStrategicMerge:
- s.yaml
- |-
  apiVersion: v1
patchesJson6902: [{path: j.json}]
replacements: [{path: r.yaml}, {source: {}}]
openapi: {path: o.json}
crds: [crd.yaml]
configurations: [conf.yaml]
configMapGenerator:
- files: [f.txt, key=g.txt]
  envs: [e.env]
  literals: [a=b]
secretGenerator:
- env: s.env
generators:
- gen.yaml
- |-
  apiVersion: builtin
helmCharts: [{name: x}]
`;
    const [document] = readYamlDocuments(text);
    const found = readKustomization(document!);
    expect(found.isComponent).toBe(true);
    expect(found.references.map(({ target, line, role }) => `${target} ${line} ${role}`)).toEqual([
      '../base 2 base',
      'a.yaml 2 base',
      'old 4 base',
      'c 5 base',
      'gen.yaml 25 plugin',
      'crd.yaml 16 file',
      'conf.yaml 17 file',
      's.yaml 10 file',
      'p.yaml 7 file',
      'j.json 13 file',
      'r.yaml 14 file',
      'o.json 15 file',
      'f.txt 19 file',
      'g.txt 19 file',
      'e.env 20 file',
      's.env 23 file',
    ]);
    expect(found.charts).toEqual([{ line: 28, name: 'x' }]);
    expect(found.inlinePlugins).toMatchObject([{ text: 'apiVersion: builtin' }]);
  });

  it('makes nothing of what is no kustomization', () => {
    const [document] = readYamlDocuments('resources: x\npatches: [1, {path: 2}]');
    expect(readKustomization(document!)).toMatchObject({ references: [], charts: [] });
  });
});

describe('fields that kustomize reads in another case', () => {
  it.each([
    ['Resources: [a]', 'Resources', 'resources'],
    ['re\u017fources: [a]', 're\u017fources', 'resources'],
    ['patches: [{Path: a}]', 'Path', 'path'],
    ['configMapGenerator:\n- Files: [a]', 'Files', 'files'],
    ['openapi: {PATH: a}', 'PATH', 'path'],
  ])('are found in %j', (text, written, field) => {
    const [document] = readYamlDocuments(text);
    expect(readKustomization(document!).misspelt).toMatchObject([{ text: written, field }]);
  });

  it('are none in what is written as it should be, nor in data', () => {
    const [document] = readYamlDocuments(
      'resources: [a]\ncommonLabels: {Path: x}\npatches: [{path: a, target: {Kind: X}}]',
    );
    expect(readKustomization(document!).misspelt).toEqual([]);
  });
});

describe('isRemote', () => {
  it.each([
    'https://example.com/a.yaml',
    'http://example.com/a',
    'git::https://example.com/x',
    'ssh://git@example.com/x',
    'git@github.com:org/repo',
    'user@host:path',
    'host:path',
    'github.com/org/repo',
    'github.com/org/repo//sub?ref=v1',
    'gitlab.com/org/repo',
    'repos/x.git',
    'x?ref=main',
    'dev.azure.com/org/_git/x',
    'file:///etc',
    'gh:org/repo',
  ])('says so of %s', (target) => {
    expect(isRemote(target)).toBe(true);
  });

  it.each([
    '../base',
    './a.yaml',
    'base',
    'cert-manager.io/base',
    '/abs/path',
    'a@b.yaml',
    'gitops/x',
    'my.github/x',
  ])('does not of %s', (target) => {
    expect(isRemote(target)).toBe(false);
  });
});

describe('pluginFault', () => {
  it.each([
    [{ apiVersion: 'builtin', kind: 'LabelTransformer' }, undefined],
    [{ apiVersion: 'builtin', kind: 'PatchTransformer', path: 'https://example.com/p' }, 'remote'],
    [{ apiVersion: 'builtin', kind: 'ConfigMapGenerator', files: ['a=https://example.com/p'] }, 'remote'],
    [{ apiVersion: 'builtin', kind: 'HelmChartInflationGenerator' }, 'chart'],
    [{ apiVersion: 'example.com/v1', kind: 'Mine' }, 'plugin'],
    [
      {
        apiVersion: 'builtin',
        kind: 'X',
        metadata: { annotations: { 'config.kubernetes.io/function': 'x' } },
      },
      'function',
    ],
    [{ apiVersion: 'builtin', kind: 'PatchTransformer', Path: 'https://example.com/p' }, 'plugin'],
    [null, 'plugin'],
  ])('of %j is %s', (value, fault) => {
    expect(pluginFault(value)).toBe(fault);
  });
});
