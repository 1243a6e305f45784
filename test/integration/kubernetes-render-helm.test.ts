import { execFile } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { failureOf, namesOf, renderIn } from '../support/kubernetes-render.ts';
import { aBench, type Bench } from '../support/terraform.ts';
import { testToolchain } from '../support/tools.ts';

const run = promisify(execFile);

const CHART = {
  'charts/shop/Chart.yaml':
    'apiVersion: v2\nname: shop\nversion: 1.2.3\ndependencies: [{name: sub, version: 0.1.0}]\n',
  'charts/shop/values.yaml': 'image: {tag: "1"}\nreplicas: 1\nnote: ""\n',
  'charts/shop/values-prod.yaml': 'image: {tag: "2"}\nreplicas: 3\n',
  'charts/shop/templates/web.yaml': `apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}-web
  namespace: {{ .Release.Namespace }}
  annotations:
    tag: {{ .Values.image.tag | quote }}
    note: {{ .Values.note | quote }}
    kube: {{ .Capabilities.KubeVersion.Version | quote }}
    served: {{ .Capabilities.APIVersions.Has "example.com/v1" | quote }}
spec: {replicas: {{ .Values.replicas }}}
`,
  'charts/shop/templates/migrate.yaml': `apiVersion: batch/v1
kind: Job
metadata:
  name: migrate
  annotations:
    helm.sh/hook: pre-install,pre-upgrade
    helm.sh/hook-weight: "-1"
    helm.sh/hook-delete-policy: hook-succeeded
`,
  'charts/shop/templates/tests/ping.yaml':
    'apiVersion: v1\nkind: Pod\nmetadata: {name: ping, annotations: {helm.sh/hook: test}}\n',
  'charts/shop/templates/NOTES.txt': 'Installed.',
  'charts/shop/crds/thing.yaml':
    'apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: things.example.com}\n',
  'charts/shop/charts/sub/Chart.yaml': 'apiVersion: v2\nname: sub\nversion: 0.1.0\n',
  'charts/shop/charts/sub/templates/a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: sub}\n',
};

let bench: Bench;
beforeEach(async () => {
  bench = await aBench();
});
afterEach(() => bench.remove());

/** A Helm repository over HTTP that holds one chart, and what it was asked for. */
async function aHelmRepository(): Promise<{ url: string; asked: string[]; close(): void }> {
  const folder = join(bench.root, 'helm-repository');
  const { path: helm } = await testToolchain().resolve('helm', undefined, {});
  await mkdir(folder);
  const env = { PATH: process.env['PATH'] ?? '', HOME: bench.root };
  await run(helm, ['package', join(bench.workTree, 'charts/shop'), '--destination', folder], { env });
  await run(helm, ['repo', 'index', folder], { env });
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const name = request.url ?? '';
    asked.push(name);
    if (['/index.yaml', '/shop-1.2.3.tgz'].includes(name))
      createReadStream(join(folder, name)).pipe(response);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, asked, close: () => void server.close() };
}

describe('a chart of a Helm repository', () => {
  it('is got once for each version, is part of the sources, and takes values from the folder', async () => {
    await bench.write({ ...CHART, 'apps/shop/values.yaml': 'replicas: 7\n' });
    const repository = await aHelmRepository();
    try {
      const chart = { chart: 'shop', repo: `${repository.url}/`, version: '1.2.3' };
      const stack = { helm: { ...chart, values: ['values.yaml'] } };
      const first = await renderIn(bench, 'apps/shop', { stack });
      expect(first.objects[2]?.object).toMatchObject({ kind: 'Deployment', spec: { replicas: 7 } });
      expect(Object.keys(first.sources)).toEqual([
        'apps/shop/values.yaml',
        `${repository.url}/shop-1.2.3.tgz`,
      ]);
      expect(await renderIn(bench, 'apps/shop', { stack })).toEqual(first);
      expect(repository.asked).toEqual(['/index.yaml', '/shop-1.2.3.tgz']);
      const other = { helm: { ...chart, version: '1.2.4' } };
      const error = await failureOf(renderIn(bench, 'apps/shop', { stack: other }));
      expect(error).toMatchObject({ code: 'init_failed', retryable: true });
      expect(error.message).toContain(
        `The chart shop 1.2.4 of apps/shop can't be had from ${repository.url}`,
      );
    } finally {
      repository.close();
    }
  });
});

describe('a chart of the repository', () => {
  it('is rendered with its definitions, its charts and its hooks, and without its tests', async () => {
    await bench.write(CHART);
    const rendered = await renderIn(bench, 'charts/shop', { namespace: 'web' });
    expect(rendered.problems).toEqual([]);
    expect(namesOf(rendered)).toEqual([
      'CustomResourceDefinition/things.example.com',
      'ConfigMap/sub',
      'Deployment/shop-web',
      'Job/migrate',
    ]);
    const hooks = rendered.objects.map(({ hook }) => hook).filter((hook) => hook !== null);
    expect(hooks).toEqual([
      { phases: ['pre-install', 'pre-upgrade'], weight: -1, deletePolicies: ['hook-succeeded'] },
    ]);
    expect(rendered.objects[2]?.object).toMatchObject({
      metadata: { namespace: 'web', annotations: { tag: '1', served: 'false' } },
    });
    expect(rendered.tools).toMatchObject([{ name: 'helm', version: '3.22.0' }]);
    expect(Object.keys(rendered.sources)).toEqual(Object.keys(CHART).sort());
  });

  it('gets values files in order, single values as texts, and the cluster’s facts', async () => {
    await bench.write({ ...CHART, 'envs/shop.yaml': 'replicas: 5\n' });
    const rendered = await renderIn(bench, 'charts/shop', {
      namespace: 'web',
      kubeVersion: '1.36.3',
      apiVersions: ['example.com/v1'],
      stack: {
        helm: {
          release: 'blue',
          values: ['values-prod.yaml', '../../envs/shop.yaml'],
          set: { note: 'a,b={c}\\1', 'image.tag': '0123' },
          include_crds: false,
        },
      },
    });
    expect(namesOf(rendered)).toEqual(['ConfigMap/sub', 'Deployment/blue-web', 'Job/migrate']);
    expect(rendered.objects[1]?.object).toMatchObject({
      metadata: { annotations: { tag: '0123', note: 'a,b={c}\\1', kube: 'v1.36.3', served: 'true' } },
      spec: { replicas: 5 },
    });
    expect(rendered.sources).toHaveProperty(['envs/shop.yaml']);
  });

  it('says which template fails, where and why', async () => {
    await bench.write({
      ...CHART,
      'charts/shop/templates/bad.yaml': 'a: 1\nb: {{ required "name it" .Values.gone }}\n',
    });
    const error = await failureOf(renderIn(bench, 'charts/shop'));
    expect(error.code).toBe('config_invalid');
    expect(error.message).toMatch(/^charts\/shop\/templates\/bad\.yaml:2: helm can't render it: .*name it/);
    expect(error.message).not.toContain(bench.root);
  });

  it('has to hold what it depends on', async () => {
    const {
      'charts/shop/charts/sub/Chart.yaml': _,
      'charts/shop/charts/sub/templates/a.yaml': __,
      ...rest
    } = CHART;
    await bench.write(rest);
    const error = await failureOf(renderIn(bench, 'charts/shop'));
    expect(error.message).toContain('charts/shop/Chart.yaml:4: the chart sub, which this one depends on');
    expect(error.message).toContain('helm dependency build charts/shop');
  });

  it.each([['https://example.com/values.yaml'], ['gone.yaml'], ['../../../secret.yaml']])(
    'takes no values from %s',
    async (file) => {
      await bench.write(CHART);
      await writeFile(join(bench.root, 'secret.yaml'), 'a: 1');
      const error = await failureOf(renderIn(bench, 'charts/shop', { stack: { helm: { values: [file] } } }));
      expect(error.code).toBe('config_invalid');
      expect(error.message).toMatch(/no such values file|outside of the repository/);
    },
  );

  it('is refused with a link that Helm would follow out of the repository', async () => {
    await bench.write(CHART);
    await writeFile(join(bench.root, 'secret.txt'), 'canary');
    await symlink('../../../secret.txt', join(bench.workTree, 'charts/shop/leak.txt'));
    const error = await failureOf(renderIn(bench, 'charts/shop'));
    expect(error.message).toContain(
      'charts/shop/leak.txt: this link leads nowhere, or out of the repository',
    );
  });
});
