import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RenderContext } from '../../src/drivers/kubernetes/render/index.ts';
import { kubernetesSources } from '../../src/drivers/kubernetes/render/stack-sources.ts';
import { failureOf, namesOf, renderIn } from '../support/kubernetes-render.ts';
import { aBench, aStack, type Bench } from '../support/terraform.ts';

const deployment = (name: string) =>
  `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: ${name}}\nspec: {replicas: 1}\n`;
const OVERLAY = {
  'base/kustomization.yaml': 'resources: [web.yaml]\n',
  'base/web.yaml': deployment('web'),
  'extra/kustomization.yml':
    'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nlabels: [{pairs: {tier: y}}]\n'.replace(
      'tier: y',
      'tier: "y"',
    ),
  'prod/kustomization.yaml': `namespace: web
resources: [../base]
components: [../extra]
patches:
- path: more.yaml
configMapGenerator:
- name: settings
  files: [app.conf]
  options: {disableNameSuffixHash: true}
`,
  'prod/more.yaml': 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 3}\n',
  'prod/app.conf': 'a = b',
};

let bench: Bench;
beforeEach(async () => {
  bench = await aBench();
});
afterEach(() => bench.remove());

describe('a kustomization', () => {
  it('is built with its bases, components, patches and generators', async () => {
    await bench.write(OVERLAY);
    const rendered = await renderIn(bench, 'prod');
    expect(namesOf(rendered)).toEqual(['ConfigMap/settings', 'Deployment/web']);
    expect(rendered.objects[1]).toMatchObject({
      object: { metadata: { namespace: 'web', labels: { tier: 'y' } }, spec: { replicas: 3 } },
      source: null,
      hook: null,
    });
    expect(rendered.tools).toMatchObject([{ name: 'kubectl', source: 'path' }]);
    expect(Object.keys(rendered.sources)).toEqual(Object.keys(OVERLAY).sort());
  });

  it('says what else of the repository it is made of', async () => {
    await bench.write(OVERLAY);
    const signal = new AbortController().signal;
    const at = { workTree: bench.workTree, stack: aStack('kubernetes', 'prod'), options: {}, signal };
    expect(await kubernetesSources(at)).toEqual([
      'base/kustomization.yaml',
      'base/web.yaml',
      'extra/kustomization.yml',
    ]);
  });

  it.each([
    ['resources: [https://example.com/a.yaml]', 1, 'https://example.com/a.yaml is not of this repository'],
    ['resources:\n- web.yaml\n- github.com/org/repo//x?ref=v1', 3, 'is not of this repository'],
    ['patches: [{path: "https://example.com/p.yaml"}]', 1, 'is not of this repository'],
    ['components: [example.com/org/repo]', 1, 'is not of this repository'],
    ['helmCharts: [{name: redis, repo: "https://example.com"}]', 1, 'chart redis would be inflated'],
    ['resources: [../../up]', 1, 'is outside of the repository'],
    ['resources: [/etc/passwd]', 1, 'is outside of the repository'],
    ['Resources: ["https://example.com/a.yaml"]', 1, 'kustomize takes Resources for resources'],
    ['resources: [gone.yaml]', 1, 'gone.yaml is not there'],
    ['generators: [plugin.yaml]', 1, 'would be run as a program'],
    ['generators: [../plugins]', 1, 'would be run as a program'],
    [
      'transformers:\n- |-\n  apiVersion: x/v1\n  kind: X\n  metadata: {name: x}',
      2,
      'would be run as a program',
    ],
    ['a: [', 1, ''],
  ])('%j is refused before anything runs', async (text, line, message) => {
    await bench.write({
      'app/kustomization.yaml': text,
      'app/web.yaml': deployment('web'),
      'plugins/kustomization.yaml': 'resources: [../app/plugin.yaml]',
      'app/plugin.yaml':
        'apiVersion: example.com/v1\nkind: Mine\nmetadata:\n  name: x\n  annotations: {config.kubernetes.io/function: "exec: {path: ./run}"}\n',
    });
    const ran: string[] = [];
    const onProcess = () => void ran.push('a program');
    const error = await failureOf(renderIn(bench, 'app', { context: { onProcess } }));
    const file = text.startsWith('generators') ? 'app/plugin.yaml' : 'app/kustomization.yaml';
    expect(error.code).toBe('config_invalid');
    expect(error.message).toContain(`${file}:${line}: `);
    expect(error.message).toContain(message);
    expect(ran).toEqual([]);
  });

  it('with a remote base is tried once that is allowed', async () => {
    await bench.write({ 'app/kustomization.yaml': 'resources: ["http://127.0.0.1:1/a.yaml"]\n' });
    const error = await failureOf(renderIn(bench, 'app', { allowRemoteBases: true }));
    expect(error.message).toMatch(/kustomize can't render it: .*127\.0\.0\.1:1/);
  });

  it('turns what kustomize says into the file, what is wrong and how to see it', async () => {
    await bench.write({
      'app/kustomization.yaml': 'resources: [ok.yaml, broken.yaml]\n',
      'app/ok.yaml': deployment('web'),
      'app/broken.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a\n',
    });
    const error = await failureOf(renderIn(bench, 'app'));
    expect(error.code).toBe('config_invalid');
    expect(error.message).toMatch(/^app\/broken\.yaml:\d+: kustomize can't render it: .*yaml: line \d/);
    expect(error.message).toContain('`kubectl kustomize app` in a checkout shows the same');
    expect(error.message).not.toContain(bench.root);
  });

  it('hands on what kustomize warns of', async () => {
    await bench.write({
      'app/kustomization.yaml': 'commonLabels: {a: b}\nresources: [web.yaml]\n',
      'app/web.yaml': deployment('web'),
    });
    expect((await renderIn(bench, 'app')).warnings).toEqual([
      expect.stringMatching(/^app: 'commonLabels' is deprecated/),
    ]);
  });

  it('names the file of a patch that fits nothing', async () => {
    await bench.write({ ...OVERLAY, 'prod/more.yaml': deployment('other') });
    const error = await failureOf(renderIn(bench, 'prod'));
    expect(error.message).toContain('no matches for Id');
    expect(error.message).not.toContain(bench.root);
  });

  it('waits for its turn', async () => {
    await bench.write(OVERLAY);
    const turns: string[] = [];
    const inTurn = async <T>(tool: () => Promise<T>) => {
      turns.push('asked');
      return await tool();
    };
    await renderIn(bench, 'prod', { context: { inTurn } });
    expect(turns).toEqual(['asked']);
  });

  it('is stopped at its time limit, and when it is cancelled', async () => {
    const controller = new AbortController();
    let asked = () => undefined as void;
    const server = createServer(() => asked());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await bench.write({ 'app/kustomization.yaml': `resources: ["http://127.0.0.1:${port}/a.yaml"]\n` });
    const hanging = (context: Partial<RenderContext>) =>
      failureOf(renderIn(bench, 'app', { allowRemoteBases: true, context }));
    try {
      expect(await hanging({ timeoutMs: 2_000 })).toMatchObject({ code: 'tool_timeout' });
      asked = () => controller.abort();
      expect(await hanging({ signal: controller.signal })).toMatchObject({ code: 'cancelled' });
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});
