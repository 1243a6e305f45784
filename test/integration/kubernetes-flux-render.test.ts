import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/kube/object.ts';
import { stackOptionsAt } from '../../src/drivers/kubernetes/definitions/defined-stacks.ts';
import type { Rendered } from '../../src/drivers/kubernetes/rendered.ts';
import { readKubernetesOptions } from '../../src/drivers/kubernetes/stack-options.ts';
import { aDefinedRepo, type DefinedRepo } from '../support/defined-repo.ts';
import { failureOf, renderIn } from '../support/kubernetes-render.ts';

const kustomization = (name: string, path: string, spec = '') => `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: { name: ${name}, namespace: flux-system }
spec:
  interval: 1m
  path: ${path}
  prune: false
  sourceRef: { kind: GitRepository, name: flux-system }
${spec}`;
const configMap = (name: string, data: string, namespace = '') =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name}${namespace && `, namespace: ${namespace}`} }\ndata: ${data}\n`;
const release = (name: string, spec: string) =>
  `apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: { name: ${name}, namespace: web }\nspec:\n${spec}`;

const CHART = `  chart: { spec: { chart: charts/app, sourceRef: { kind: GitRepository, name: flux-system, namespace: flux-system } } }\n`;

const FILES = {
  'clusters/home/apps.yaml': [
    kustomization(
      'shop',
      './apps/shop',
      `  targetNamespace: web
  namePrefix: my-
  images: [{ name: registry.example.com/web, newTag: "2" }]
  components: [../labels]
  commonMetadata: { labels: { team: kitchen } }
  patches:
    - target: { kind: ConfigMap, name: settings }
      patch: '[{"op": "add", "path": "/data/patched", "value": "yes"}]'
  postBuild:
    substituteFrom:
      - { kind: ConfigMap, name: vars }
      - { kind: Secret, name: secret-vars }
      - { kind: ConfigMap, name: absent, optional: true }
    substitute: { size: "3" }`,
    ),
    kustomization(
      'charts',
      './apps/charts',
      '  suspend: true\n  serviceAccountName: deployer\n  timeout: 90s',
    ),
    kustomization('flux-system', './clusters/home'),
  ].join('\n---\n'),
  'clusters/home/flux-system/gotk-components.yaml': [
    'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: kustomize-controller\n  namespace: flux-system\n  labels: { app.kubernetes.io/part-of: flux }\n',
    'apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: { name: kustomizations.kustomize.toolkit.fluxcd.io }\n',
  ].join('---\n'),
  'clusters/home/flux-system/kustomization.yaml': 'resources: [gotk-components.yaml]\n',
  'clusters/home/vars.yaml': [
    configMap('vars', '{ color: green, size: "9" }', 'flux-system'),
    'apiVersion: v1\nkind: Secret\nmetadata: { name: secret-vars, namespace: flux-system }\nstringData: { token: hush-hush }\n',
  ].join('---\n'),
  'apps/shop/settings.yaml': configMap(
    'settings',
    '{ color: "${color}", token: "${token}", kept: "$${color}" }',
  ),
  'apps/shop/web.yaml':
    'apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: web }\nspec:\n  replicas: ${size}\n  template: { spec: { containers: [{ name: web, image: registry.example.com/web:1 }] } }\n',
  'apps/shop/script.yaml': `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: script, annotations: { kustomize.toolkit.fluxcd.io/substitute: disabled } }\ndata: { run: "echo \${HOME}" }\n`,
  'apps/shop/nested/kustomization.yaml':
    'configMapGenerator: [{ name: made, literals: [a=b], options: { disableNameSuffixHash: true } }]\n',
  'apps/labels/kustomization.yaml':
    'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nlabels: [{ pairs: { from: component } }]\n',
  'charts/app/Chart.yaml': 'apiVersion: v2\nname: app\nversion: 1.0.0\n',
  'charts/app/values.yaml': 'color: none\nsize: 1\npassword: none\n',
  'charts/app/templates/settings.yaml': `apiVersion: v1
kind: ConfigMap
metadata: { name: "{{ .Release.Name }}" }
data: { color: "{{ .Values.color }}", size: "{{ .Values.size }}" }
---
apiVersion: v1
kind: Secret
metadata: { name: "{{ .Release.Name }}" }
data: { password: "{{ b64enc .Values.password }}" }
`,
  'apps/charts/releases.yaml': [
    release(
      'one',
      `${CHART}  values: { size: 7 }
  valuesFrom:
    - { kind: ConfigMap, name: values }
    - { kind: Secret, name: passwords, valuesKey: one, targetPath: password }
  postRenderers:
    - kustomize: { patches: [{ target: { kind: ConfigMap }, patch: '[{"op": "add", "path": "/data/rendered", "value": "yes"}]' }] }
  driftDetection:
    ignore: [{ paths: [/data/color], target: { kind: ConfigMap } }]
`,
    ),
    release('two', `${CHART}  releaseName: second\n  dependsOn: [{ name: one }]\n`),
    release('rests', `${CHART}  suspend: true\n`),
    configMap('values', "{ values.yaml: 'color: blue' }", 'web'),
    'apiVersion: v1\nkind: Secret\nmetadata: { name: passwords, namespace: web }\nstringData: { one: open-sesame }\n',
  ].join('---\n'),
};

let repo: DefinedRepo;
beforeEach(async () => {
  repo = await aDefinedRepo(null, { files: FILES }, { name: 'home' });
});
afterEach(async () => await repo.remove());

async function rendered(key: string): Promise<Rendered> {
  const { stacks } = await repo.discover();
  const stack = stacks.find((one) => one.key === key)!;
  const at = { workTree: repo.bench.workTree, stack, signal: new AbortController().signal };
  const options = await stackOptionsAt(at, readKubernetesOptions(repo.options));
  return await renderIn(repo.bench, stack.path, { options, context: { stack } });
}
const named = ({ objects }: Rendered, kind: string, name: string): KubeObject | undefined =>
  objects.map(({ object }) => object).find((object) => object.kind === kind && object.metadata.name === name);

describe('what Flux makes of a folder', () => {
  it('is patched, prefixed, labelled and filled in as the Kustomization says', async () => {
    const made = await rendered('apps/shop@home');
    expect(named(made, 'ConfigMap', 'my-settings')).toMatchObject({
      metadata: { namespace: 'web', labels: { team: 'kitchen', from: 'component' } },
      data: { color: 'green', token: 'hush-hush', kept: '${color}', patched: 'yes' },
    });
    expect(named(made, 'Deployment', 'my-web')).toMatchObject({
      spec: { replicas: 3, template: { spec: { containers: [{ image: 'registry.example.com/web:2' }] } } },
    });
    expect(named(made, 'ConfigMap', 'my-script')).toMatchObject({ data: { run: 'echo ${HOME}' } });
    expect(named(made, 'ConfigMap', 'my-made')).toMatchObject({ data: { a: 'b' } });
    expect(made.secrets).toContain('hush-hush');
    expect(Object.keys(made.sources)).toEqual(
      expect.arrayContaining([
        'apps/labels/kustomization.yaml',
        'clusters/home/apps.yaml',
        'clusters/home/vars.yaml',
      ]),
    );
  });

  it('is an error with file and line where a variable is not defined, or its values are only live', async () => {
    await repo.bench.write({ 'apps/shop/more.yaml': configMap('more', '{ a: "${nobody}" }') });
    expect((await failureOf(rendered('apps/shop@home'))).message).toMatch(
      /ConfigMap my-more has the variable \$\{nobody\}/,
    );
    await repo.bench.write({
      'clusters/home/vars.yaml': configMap('vars', '{ color: green }', 'flux-system'),
    });
    const { message } = await failureOf(rendered('apps/shop@home'));
    expect(message).toContain(
      'takes values from flux-system/Secret/secret-vars, which the repository does not have',
    );
  });

  it('is nothing of what Flux itself consists of, and says so', async () => {
    const made = await rendered('clusters/home');
    expect(made.objects.map(({ object }) => `${object.kind}/${object.metadata.name}`)).toEqual([
      'ConfigMap/vars',
      'Secret/secret-vars',
    ]);
    expect(made.warnings).toEqual([expect.stringMatching(/two managers/)]);
  });

  it('says what the Kustomization says of automation, of rest, and of whose name is used', async () => {
    const { stacks } = await repo.discover();
    const charts = stacks.find(({ key }) => key === 'apps/charts@home')!;
    expect(charts.policy).toMatchObject({ suspended: true, automated: { prune: false, selfHeal: true } });
    const at = { workTree: repo.bench.workTree, stack: charts, signal: new AbortController().signal };
    expect(await stackOptionsAt(at, readKubernetesOptions(repo.options))).toMatchObject({
      timeoutMs: 90_000,
      definition: { impersonate: { user: 'system:serviceaccount:flux-system:deployer' } },
    });
  });
});

describe('a HelmRelease', () => {
  it('is rendered with its values, in order, and what its post-renderer makes of that', async () => {
    const made = await rendered('apps/charts@home');
    expect(named(made, 'ConfigMap', 'one')).toMatchObject({
      data: { color: 'blue', size: '7', rendered: 'yes' },
    });
    const password = Buffer.from('open-sesame').toString('base64');
    expect(named(made, 'Secret', 'one')).toMatchObject({ data: { password } });
    expect(made.secrets).toContain('open-sesame');
    expect(made.ignoreDifferences).toMatchObject([
      { kind: 'ConfigMap', name: 'one', jsonPointers: ['/data/color'] },
    ]);
  });

  it('comes in a wave after those that it depends on; a suspended one keeps everything from being pruned', async () => {
    const made = await rendered('apps/charts@home');
    const waves = made.objects.map(({ object, wave }) => [object.metadata.name, wave]);
    expect(waves).toEqual(
      expect.arrayContaining([
        ['one', undefined],
        ['second', 1],
      ]),
    );
    expect(named(made, 'ConfigMap', 'rests')).toBeUndefined();
    expect(named(made, 'HelmRelease', 'one')).toBeUndefined();
    expect(made.keepsAll).toMatch(/HelmRelease rests is suspended/);
  });

  it('is a problem by itself when its chart can’t be told, and the others go on', async () => {
    await repo.bench.write({
      'apps/charts/more.yaml': release(
        'lost',
        '  chart: { spec: { chart: x, sourceRef: { kind: HelmRepository, name: gone } } }\n',
      ),
    });
    const made = await rendered('apps/charts@home');
    expect(made.problems).toMatchObject([
      {
        file: 'apps/charts/more.yaml',
        line: 1,
        message: expect.stringMatching(/lost.*HelmRepository web\/gone/),
      },
    ]);
    expect(named(made, 'ConfigMap', 'one')).toBeDefined();
  });

  it('is a problem when its post-renderer would read or fetch something', async () => {
    const url = 'https://example.com/base';
    const fetching = (name: string, kustomize: string) =>
      release(name, `${CHART}  postRenderers: [{ kustomize: ${kustomize} }]\n`);
    await repo.bench.write({
      'apps/charts/base.yaml': fetching('base', `{ bases: ["${url}"] }`),
      'apps/charts/patch.yaml': fetching('patch', `{ patchesJson6902: [{ path: "${url}" }] }`),
    });
    const { problems } = await rendered('apps/charts@home');
    expect(problems).toMatchObject([
      { file: 'apps/charts/base.yaml', message: expect.stringMatching(/the kustomize field bases can't be/) },
      { file: 'apps/charts/patch.yaml', message: expect.stringContaining(`${url} can't be a patch`) },
    ]);
  });
});

describe('the files that definitions are read from', () => {
  it('are read again when they change', async () => {
    expect((await repo.discover()).stacks).toHaveLength(3);
    await repo.bench.write({ 'clusters/home/more.yaml': kustomization('more', './charts') });
    expect((await repo.discover()).stacks).toHaveLength(4);
  });

  it('may be others at another commit: the definition is found by its name', async () => {
    const { stacks } = await repo.discover();
    const stack = stacks.find(({ key }) => key === 'apps/charts@home')!;
    await repo.bench.write({
      'clusters/home/apps.yaml': '',
      'clusters/home/charts.yaml': kustomization('charts', './apps/charts', '  timeout: 30s'),
    });
    const at = { workTree: repo.bench.workTree, stack, signal: new AbortController().signal };
    const options = readKubernetesOptions(repo.options);
    expect(await stackOptionsAt(at, options)).toMatchObject({ timeoutMs: 30_000 });
    await repo.bench.write({ 'clusters/home/charts.yaml': '' });
    await expect(stackOptionsAt(at, options)).rejects.toMatchObject({ code: 'stack_not_found' });
  });

  it('are not looked for where that is switched off, or the folder is excluded', async () => {
    const options = { ...repo.options, definitions: [] };
    const keys = async (source: object) => (await repo.discover(source)).stacks.map(({ key }) => key);
    expect(await keys({ options })).not.toContain('apps/shop@home');
    expect(await keys({ exclude: ['clusters/**'] })).not.toContain('apps/shop@home');
  });
});
