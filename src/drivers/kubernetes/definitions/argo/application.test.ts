import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../../../../domain/json.ts';
import type { DefinitionObject } from '../definition-objects.ts';
import { readApplication } from './application.ts';
import { kustomizeImage } from './application-source.ts';
import { argoDefinitions } from './definitions.ts';

const URL = 'https://git.example.com/a/b';
const OWN = {
  urls: ['git.example.com/a/b'],
  branch: 'main',
  clusters: 'clusters',
  hasFolder: (path: string) => path !== 'nowhere',
};

function anApplication(
  spec: JsonObject,
  more: { name?: string; file?: string; wave?: string } = {},
): DefinitionObject {
  const { name = 'shop', file = 'apps/shop.yaml', wave } = more;
  const annotations: JsonObject = wave === undefined ? {} : { 'argocd.argoproj.io/sync-wave': wave };
  const object = {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name, annotations },
    spec,
  };
  return { object, tool: 'argo_cd', file, line: 1 };
}

const sourced = (more: JsonObject = {}, spec: JsonObject = {}) =>
  anApplication({ source: { repoURL: URL, path: 'shop', ...more }, ...spec });
const read = (from: DefinitionObject) => readApplication(from, OWN);

describe('readApplication', () => {
  it.each<[string, JsonValue, JsonValue]>([
    ['nothing', {}, null],
    ['automated', { automated: {} }, { prune: false, selfHeal: false, allowEmpty: false }],
    [
      'all of it',
      { automated: { prune: true, selfHeal: true, allowEmpty: true } },
      { prune: true, selfHeal: true, allowEmpty: true },
    ],
    ['switched off', { automated: { enabled: false, prune: true } }, null],
  ])('of a sync policy that says %s', (_, syncPolicy, automated) => {
    expect(read(sourced({}, { syncPolicy })).definition?.policy.automated).toEqual(automated);
  });

  it.each<[string, JsonObject, object]>([
    ['a name', { name: 'prod' }, { by: 'name', name: 'prod' }],
    ['a server', { server: 'https://a:6443' }, { by: 'server', url: 'https://a:6443' }],
    ['nothing', {}, { by: 'server', url: 'https://kubernetes.default.svc' }],
  ])('of a destination by %s', (_, destination, cluster) => {
    expect(read(sourced({}, { destination })).definition?.cluster).toEqual(cluster);
  });

  it('reads values in their order: files, then what stands in it, then parameters', () => {
    const helm: JsonObject = {
      valueFiles: ['a.yaml', '/values/b.yaml'],
      values: 'color: red',
      parameters: [
        { name: 'size', value: '7', forceString: true },
        { name: 'on', value: true },
      ],
      skipCrds: true,
    };
    expect(read(sourced({ helm })).definition?.sources[0]?.helm).toMatchObject({
      values: ['a.yaml', '../values/b.yaml'],
      inline: { color: 'red' },
      parameters: [
        { name: 'size', value: '7', isText: true },
        { name: 'on', value: 'true', isText: false },
      ],
      includeCrds: false,
      release: 'shop',
      chart: null,
    });
  });

  it.each([
    ['registry.example.com/charts', 'oci://registry.example.com/charts'],
    ['https://charts.example.com/', 'https://charts.example.com'],
  ])('takes a chart of %s', (repoURL, repo) => {
    const source = { repoURL, chart: 'shop', targetRevision: '1.2.3' };
    const { definition } = read(anApplication({ source }));
    expect(definition?.sources[0]?.helm?.chart).toEqual({ name: 'shop', repo, version: '1.2.3' });
    expect(definition?.path).toBe('apps');
  });

  it.each<[string, JsonObject, RegExp]>([
    [
      'another repository',
      { source: { repoURL: 'https://git.example.com/x/y', path: 'a' } },
      /git\.example\.com\/x\/y/,
    ],
    ['a folder that is not there', { source: { repoURL: URL, path: 'nowhere' } }, /no folder nowhere/],
    ['a folder outside', { source: { repoURL: URL, path: '../x' } }, /leads out/],
    ['no source', {}, /names no source/],
    ['a plugin', { source: { repoURL: URL, path: 'a', plugin: { name: 'x' } } }, /plugin/],
    [
      'values of a source that it does not have',
      { source: { repoURL: URL, path: 'a', helm: { valueFiles: ['$v/a.yaml'] } } },
      /does not have/,
    ],
    ['credentials', { source: { repoURL: 'https://bob:pw@charts.example.com', chart: 'a' } }, /credentials/],
    [
      'annotations with variables',
      { source: { repoURL: URL, path: 'a', kustomize: { commonAnnotationsEnvsubst: true } } },
      /commonAnnotationsEnvsubst.*Write the values/,
    ],
    [
      'a destination that is said twice',
      { source: { repoURL: URL, path: 'a' }, destination: { name: 'prod', server: 'https://a:6443' } },
      /a name and a server/,
    ],
  ])('is left out with %s', (_, spec, why) => {
    const { definition, warnings } = read(anApplication(spec));
    expect(definition).toBeNull();
    expect(warnings.join()).toMatch(why);
    expect(warnings.join()).not.toContain('bob:pw');
  });

  it('warns of a revision that is not what the repository is followed at', () => {
    expect(read(sourced({ targetRevision: 'v1' })).warnings).toEqual([
      expect.stringMatching(/follows v1.*main/),
    ]);
    expect(read(sourced({ targetRevision: 'main' })).warnings).toEqual([]);
  });

  it('warns of values files of another revision', () => {
    const chart = { repoURL: 'https://charts.example.com', chart: 'a', targetRevision: '1.2.3' };
    const values = (targetRevision: string): JsonObject => ({
      sources: [
        { ...chart, helm: { valueFiles: ['$own/a.yaml'] } },
        { repoURL: URL, ref: 'own', targetRevision },
      ],
    });
    expect(read(anApplication(values('v1'))).warnings).toEqual([expect.stringMatching(/follows v1.*main/)]);
    expect(read(anApplication(values('main'))).warnings).toEqual([]);
  });

  it.each([
    [[], undefined],
    [['resources-finalizer.argocd.argoproj.io'], true],
    [['resources-finalizer.argocd.argoproj.io/background'], true],
    [['post-delete-finalizer.argocd.argoproj.io'], undefined],
  ])('with the finalizers %j takes its objects with it: %s', (finalizers, takesAll) => {
    const { object, ...place } = sourced();
    const finalized = { ...object, metadata: { ...object.metadata, finalizers } };
    expect(read({ ...place, object: finalized }).definition?.takesAll).toBe(takesAll);
  });

  it('is suspended where Argo CD is to pass it over', () => {
    const { object, ...place } = sourced();
    const skipped = (value: string) => {
      const annotations = { 'argocd.argoproj.io/skip-reconcile': value };
      return read({ ...place, object: { ...object, metadata: { ...object.metadata, annotations } } });
    };
    expect(skipped('true').definition?.policy.suspended).toBe(true);
    expect(skipped('false').definition?.policy.suspended).toBeUndefined();
  });
});

describe('waves of Applications', () => {
  it('come after those of the next lower wave of the same parent', async () => {
    const of = (name: string, wave: string, file = `apps/${name}.yaml`) =>
      anApplication({ source: { repoURL: URL, path: name } }, { name, wave, file });
    const { definitions } = await argoDefinitions(
      [of('a', '-1'), of('b', '0'), of('c', '0'), of('d', '5'), of('e', '9', 'elsewhere/e.yaml')],
      OWN,
      { folders: new Map(), read: async () => '' },
    );
    expect(Object.fromEntries(definitions.map(({ name, needs }) => [name, needs]))).toEqual({
      a: [],
      b: ['argocd/a'],
      c: ['argocd/a'],
      d: ['argocd/b', 'argocd/c'],
      e: [],
    });
  });
});

describe('kustomizeImage', () => {
  it.each([
    ['a/b:2', { name: 'a/b', newTag: '2' }],
    ['a=c/d:2', { name: 'a', newName: 'c/d', newTag: '2' }],
    ['a=c', { name: 'a', newName: 'c' }],
    ['host:5000/a', { name: 'host:5000/a' }],
    ['a@sha256:ff', { name: 'a', digest: 'sha256:ff' }],
  ])('%s', (text, image) => {
    expect(kustomizeImage(text)).toEqual(image);
  });
});
