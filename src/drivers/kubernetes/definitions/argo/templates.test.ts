import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../domain/json.ts';
import { applicationsOf } from './application-set.ts';
import { fillFastTemplate } from './fast-template.ts';
import { gitDirectories, gitFiles, normalised } from './git-generator.ts';
import { fillGoTemplate } from './go-template.ts';

const FOLDERS = ['.', 'apps', 'apps/My_App', 'apps/old', 'apps/My_App/deep'];
const generator: JsonObject = {
  directories: [{ path: 'apps/*' }, { path: 'apps/old', exclude: true }],
  values: { env: 'prod' },
};

const OWN = { urls: [], branch: 'main', clusters: 'clusters', hasFolder: () => true };
const TREE = { folders: [], files: [], read: async () => '' };
const aSet = (spec: JsonObject) =>
  ({
    object: { apiVersion: 'argoproj.io/v1alpha1', kind: 'ApplicationSet', metadata: { name: 'a' }, spec },
    tool: 'argo_cd',
    file: 'set.yaml',
    line: 3,
  }) as const;

describe('the git generator', () => {
  it('gives flat parameters for each folder that is not excluded', () => {
    const [only, ...more] = gitDirectories(generator, { isGo: false, folders: FOLDERS });
    expect(more).toEqual([]);
    const text =
      '{{path}} {{path.basename}} {{ path.basenameNormalized }} {{path[0]}} {{values.env}} {{other}}';
    expect(fillFastTemplate(text, only!).text).toBe('apps/My_App My_App my-app apps prod {{other}}');
  });

  it('gives nested parameters to Go templates', () => {
    const [only] = gitDirectories(generator, { isGo: true, folders: FOLDERS });
    const text =
      '{{ .path.path }} {{ .path.basename | normalize }} {{ index .path.segments 0 }} {{.values.env}}';
    expect(fillGoTemplate(text, only!)).toEqual({ text: 'apps/My_App my-app apps prod' });
  });

  it('puts a prefix before the path', () => {
    const prefixed = { ...generator, pathParamPrefix: 'my' };
    const [flat] = gitDirectories(prefixed, { isGo: false, folders: FOLDERS });
    const [nested] = gitDirectories(prefixed, { isGo: true, folders: FOLDERS });
    expect(fillFastTemplate('{{my.path.basename}}', flat!).text).toBe('My_App');
    expect(fillGoTemplate('{{.my.path.basename}}', nested!).text).toBe('My_App');
  });

  it('gives the fields of files, and where they are', async () => {
    const files = ['envs/a/config.json', 'envs/b/config.yaml', 'envs/b/other.json'];
    const read = async (path: string) =>
      path.endsWith('json') ? '{"cluster":{"name":"x"}}' : 'cluster: {name: z}';
    const sets = await gitFiles({ files: [{ path: 'envs/**/config.*' }] }, { isGo: false, files, read });
    const text = '{{cluster.name}} {{path}} {{path.filename}}';
    expect(sets.map((set) => fillFastTemplate(text, set).text)).toEqual([
      'x envs/a config.json',
      'z envs/b config.yaml',
    ]);
  });

  it('gives none of files that are excluded', async () => {
    const files = ['envs/a/config.json', 'envs/old/config.json'];
    const rules: JsonObject = {
      files: [{ path: 'envs/*/config.json' }, { path: 'envs/old/*', exclude: true }],
    };
    const sets = await gitFiles(rules, { isGo: false, files, read: async () => '{"a":1}' });
    expect(sets.map(({ path }) => path)).toEqual(['envs/a']);
  });

  it('says so where it would look at another revision', async () => {
    const warningsFor = async (revision: string) => {
      const spec: JsonObject = { generators: [{ git: { revision, directories: [] } }], template: {} };
      return (await applicationsOf(aSet(spec), OWN, TREE)).warnings;
    };
    expect(await warningsFor('v1')).toEqual([
      'ApplicationSet argocd/a (set.yaml:3): its git generator looks at v1, and the repository is followed at main: what counts here is main',
    ]);
    expect(await warningsFor('main')).toEqual([]);
    expect(await warningsFor('HEAD')).toEqual([]);
  });

  it.each([
    [false, ['resources-finalizer.argocd.argoproj.io']],
    [true, undefined],
  ])(
    'has Applications that take their objects with them, but where it says %s',
    async (preserved, finalizers) => {
      const spec: JsonObject = {
        syncPolicy: { preserveResourcesOnDeletion: preserved },
        generators: [{ list: { elements: [{ name: 'x' }] } }],
        template: { metadata: { name: '{{name}}' }, spec: {} },
      };
      const { applications } = await applicationsOf(aSet(spec), OWN, TREE);
      expect(applications.map(({ object }) => object.metadata['finalizers'])).toEqual([finalizers]);
    },
  );
});

describe('Go templates', () => {
  const parameters = { name: 'Shop', path: { segments: ['a', 'b'] }, list: ['x', 'y'], count: 2 };
  it.each([
    ['plain', 'plain'],
    ['{{.name}}-{{ .count }}', 'Shop-2'],
    ['{{ .name | lower | quote }}', '"shop"'],
    ['{{ trimPrefix "Sh" .name }}', 'op'],
    ['{{ .name | replace "o" "0" }}', 'Sh0p'],
    ['{{ default "none" .absent }}', 'none'],
    ['{{ .absent | default "none" }}', 'none'],
    ['{{ join "," .list }}', 'x,y'],
    ['{{ printf "%s-%d" .name .count }}', 'Shop-2'],
    ['{{ index .path.segments 1 }}', 'b'],
    ['a {{- .name -}} b', 'aShopb'],
    ['{{ "a|b" }}', 'a|b'],
  ])('%s', (text, made) => {
    expect(fillGoTemplate(text, parameters)).toEqual({ text: made });
  });

  it.each([
    ['{{ if .name }}x{{ end }}', /not understood/],
    ['{{ (index .list 0) }}', /not understood/],
    ['{{ $x := 1 }}', /not understood/],
    ['{{ .absent }}', /isn't there/],
    ['{{ index .list 9 }}', /isn't there/],
  ])('%s is refused', (text, fault) => {
    expect(fillGoTemplate(text, parameters).fault).toMatch(fault);
  });
});

describe('normalised', () => {
  it.each([
    ['My_App', 'my-app'],
    ['-a.b-', 'a.b'],
    ['ÄB', 'b'],
  ])('%s', (text, name) => {
    expect(normalised(text)).toBe(name);
  });
});
