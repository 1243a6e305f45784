import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Discovery } from '../../src/drivers/driver.ts';
import { aDefinedRepo, inOrder, type DefinedRepo } from '../support/defined-repo.ts';
import { sharedCluster } from '../support/kube-shared.ts';

const URL = 'https://git.example.com/company/infrastructure.git';

const configMap = (name: string, data: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata:\n  ${data}\n`;

const application = (name: string, spec: string, metadata = '') => `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: ${name}
  namespace: argocd${metadata}
spec:
  project: default
${spec}
`;

/** An app of apps: two Applications in waves, one of them of a chart with values elsewhere, and a set of two more. */
const files = (namespace: string) => ({
  'apps/root.yaml': application(
    'root',
    `  source: { repoURL: "${URL}", targetRevision: HEAD, path: apps }
  destination: { server: https://kubernetes.default.svc, namespace: argocd }
  syncPolicy: { automated: { prune: true, selfHeal: true } }`,
  ),
  'apps/settings.yaml': application(
    'settings',
    `  source:
    repoURL: git@git.example.com:company/infrastructure.git
    targetRevision: main
    path: settings
    kustomize:
      namePrefix: home-
      commonLabels: { team: kitchen }
      images: ["registry.example.com/web=registry.example.com/other:2"]
  destination: { name: in-cluster, namespace: ${namespace} }`,
    '\n  annotations: { argocd.argoproj.io/sync-wave: "-1" }',
  ),
  'apps/shop.yaml': application(
    'shop',
    `  sources:
    - repoURL: ${URL}
      path: charts/shop
      helm:
        releaseName: store
        valueFiles: [$values/values/shop.yaml, absent.yaml]
        ignoreMissingValueFiles: true
        valuesObject: { color: green }
        parameters: [{ name: size, value: "7", forceString: true }]
    - repoURL: ${URL}
      ref: values
    - repoURL: ${URL}
      path: extra
      directory: { recurse: true, exclude: "*.md.yaml" }
  destination: { server: https://kubernetes.default.svc, namespace: ${namespace}-made }
  syncPolicy:
    automated: { prune: false, selfHeal: true }
    syncOptions: [CreateNamespace=true]
    managedNamespaceMetadata: { labels: { owner: kitchen } }
  ignoreDifferences:
    - { kind: ConfigMap, name: store, jsonPointers: [/data/color] }`,
  ),
  'apps/teams.yaml': `apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: { name: teams, namespace: argocd }
spec:
  goTemplate: true
  generators:
    - git:
        repoURL: ${URL}
        revision: HEAD
        directories: [{ path: teams/* }, { path: teams/old, exclude: true }]
    - clusters: {}
  template:
    metadata: { name: 'team-{{ .path.basename | normalize }}' }
    spec:
      source: { repoURL: ${URL}, path: '{{ .path.path }}' }
      destination: { server: https://kubernetes.default.svc, namespace: ${namespace} }
`,
  'settings/kustomization.yaml': 'resources: [settings.yaml, web.yaml]\n',
  'settings/settings.yaml': configMap('settings', 'color: red'),
  'settings/web.yaml': `apiVersion: v1
kind: PodTemplate
metadata: { name: web }
template:
  spec:
    containers: [{ name: web, image: registry.example.com/web:1 }]
`,
  'charts/shop/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 1.0.0\n',
  'charts/shop/values.yaml': 'color: none\nsize: none\nshape: none\n',
  'charts/shop/templates/settings.yaml': configMap(
    '{{ .Release.Name }}',
    'color: {{ .Values.color }}\n  size: {{ quote .Values.size }}\n  shape: {{ .Values.shape }}',
  ),
  'values/shop.yaml': 'color: red\nshape: round\n',
  'extra/one.yaml': configMap('extra', 'a: b'),
  'extra/deep/two.yaml': configMap('deep', 'a: b'),
  'extra/notes.md.yaml': configMap('notes', 'a: b'),
  'teams/kitchen/settings.yaml': configMap('kitchen', 'a: b'),
  'teams/Garden/settings.yaml': configMap('garden', 'a: b'),
  'teams/old/settings.yaml': configMap('old', 'a: b'),
});

describe('a repository of Argo CD, as it stands', () => {
  let namespace: string;
  let repo: DefinedRepo;
  let found: Discovery;

  beforeAll(async () => {
    const cluster = await sharedCluster();
    namespace = await cluster.namespace('argo');
    const options = { namespace: `${namespace}-inventory` };
    repo = await aDefinedRepo(cluster, { files: files(namespace) }, { options });
    found = await repo.discover({ origin: { url: URL, branch: 'main' } });
  }, 300_000);

  afterAll(async () => {
    const made = [namespace, `${namespace}-made`, `${namespace}-inventory`];
    await repo?.kubectl('delete', 'namespace', ...made, '--wait=false', '--ignore-not-found');
    await repo?.remove();
  });

  it('is a set of stacks, those of its ApplicationSet among them, in the order of its waves', () => {
    expect(found.stacks.map(({ key, dependsOn }) => [key, dependsOn])).toEqual([
      ['apps@root', []],
      ['settings', []],
      ['charts/shop', ['settings']],
      ['teams/Garden@team-garden', ['settings']],
      ['teams/kitchen@team-kitchen', ['settings']],
    ]);
    expect(found.warnings).toEqual([expect.stringMatching(/ApplicationSet argocd\/teams .*"clusters"/)]);
  });

  it('says of each Application what may happen without people', () => {
    const policies = Object.fromEntries(found.stacks.map(({ key, policy }) => [key, policy?.automated]));
    expect(policies).toMatchObject({
      'apps@root': { prune: true, selfHeal: true, allowEmpty: false },
      settings: null,
      'charts/shop': { prune: false, selfHeal: true, allowEmpty: false },
      'teams/kitchen@team-kitchen': null,
    });
  });

  it('is applied, and then there is nothing left to do', { timeout: 120_000 }, async () => {
    for (const stack of inOrder(found.stacks))
      expect(await repo.apply(stack), stack.key).toMatchObject({ status: 'applied' });
    for (const stack of found.stacks) {
      const { plan } = await repo.plan(stack);
      expect(plan.changes, stack.key).toEqual([]);
      expect(plan.basis.problems, stack.key).toBeUndefined();
    }
  });

  it('has what Helm, Kustomize and folders make of it', async () => {
    const get = async (object: string, path: string, of = namespace) =>
      await repo.kubectl('get', object, '-n', of, '-o', `jsonpath={${path}}`);
    expect(await get('configmap/store', '.data', `${namespace}-made`)).toBe(
      '{"color":"green","shape":"round","size":"7"}',
    );
    expect(await get('configmap/deep', '.metadata.name', `${namespace}-made`)).toBe('deep');
    await expect(get('configmap/notes', '.metadata.name', `${namespace}-made`)).rejects.toThrow(/not found/);
    expect(await get(`namespace/${namespace}-made`, '.metadata.labels.owner')).toBe('kitchen');
    expect(await get('configmap/home-settings', '.metadata.labels.team')).toBe('kitchen');
    expect(await get('podtemplate/home-web', '.template.spec.containers[0].image')).toBe(
      'registry.example.com/other:2',
    );
    expect(await get('configmap/garden', '.metadata.name')).toBe('garden');
    await expect(get('configmap/old', '.metadata.name')).rejects.toThrow(/not found/);
  });

  it('leaves differences alone that the Application ignores', async () => {
    const shop = found.stacks.find(({ key }) => key === 'charts/shop')!;
    const at = ['-n', `${namespace}-made`, 'configmap/store', '--type=merge', '-p'];
    await repo.kubectl('patch', ...at, '{"data":{"color":"blue"}}');
    expect((await repo.plan(shop)).plan.changes).toEqual([]);
    await repo.kubectl('patch', ...at, '{"data":{"shape":"flat"}}');
    expect((await repo.plan(shop)).plan.changes).toMatchObject([
      { attributes: [{ pointer: '/data/shape' }] },
    ]);
  });
});
