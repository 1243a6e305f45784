import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { kubernetesSources } from '../../src/drivers/kubernetes/render/stack-sources.ts';
import { failureOf, namesOf, renderIn } from '../support/kubernetes-render.ts';
import { aBench, aStack, type Bench } from '../support/terraform.ts';

const FILES = {
  'env/main.jsonnet': `local lib = import 'k.libsonnet';
function(replicas, name='web') {
  web: { deployment: lib.deployment(name, replicas, std.extVar('tag')), extra: [lib.config('a'), null] },
  config: lib.config('b') { data: { text: importstr 'text.txt' } },
}`,
  'env/other.jsonnet': 'error "not evaluated"',
  'env/text.txt': 'words',
  'lib/k.libsonnet': `{
  deployment(name, replicas, tag):: {
    apiVersion: 'apps/v1', kind: 'Deployment',
    metadata: { name: name, labels: { tag: tag, y: 'y' } }, spec: { replicas: replicas },
  },
  config(name):: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: name } },
}`,
  'vendor/k.libsonnet': 'error "the last library folder wins"',
};
const stack = {
  jsonnet: {
    jpath: ['vendor', 'lib'],
    ext_vars: { tag: '0123' },
    tla_code: { replicas: '2 + 1' },
    tlas: { name: 'shop' },
  },
};

let bench: Bench;
beforeEach(async () => {
  bench = await aBench();
});
afterEach(() => bench.remove());

describe('Jsonnet', () => {
  it('is evaluated with libraries, external variables and top-level arguments', async () => {
    await bench.write(FILES);
    const rendered = await renderIn(bench, 'env', { stack });
    expect(rendered.problems).toEqual([]);
    // Fields come in the order of their names.
    expect(namesOf(rendered)).toEqual(['ConfigMap/b', 'Deployment/shop', 'ConfigMap/a']);
    expect(rendered.objects[1]?.object).toMatchObject({
      metadata: { labels: { tag: '0123', y: 'y' } },
      spec: { replicas: 3 },
    });
    expect(rendered.tools).toMatchObject([{ name: 'jsonnet', version: '0.22.0' }]);
    expect(Object.keys(rendered.sources)).toEqual(['env/main.jsonnet', 'env/text.txt', 'lib/k.libsonnet']);
    const signal = new AbortController().signal;
    const options = { stacks: [{ path: 'env', ...stack }] };
    const at = { workTree: bench.workTree, stack: aStack('kubernetes', 'env'), options, signal };
    expect(await kubernetesSources(at)).toEqual(['lib/k.libsonnet']);
  });

  it('of several files is evaluated in their order; what is no object is said', async () => {
    const config = (name: string) => `{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: '${name}' } }`;
    await bench.write({
      'env/b.jsonnet': `[${config('b')}]`,
      'env/a.jsonnet': `{ x: ${config('a')}, n: 3 }`,
    });
    const rendered = await renderIn(bench, 'env');
    expect(namesOf(rendered)).toEqual(['ConfigMap/a', 'ConfigMap/b']);
    expect(rendered.problems).toEqual([
      { file: 'env/a.jsonnet', line: null, message: expect.stringContaining('a number and no') },
    ]);
  });

  it.each([
    ["{ a: importstr '/etc/hostname' }", 'outside of the repository'],
    ["{ a: importstr '../../secret.txt' }", 'outside of the repository'],
    ["{ a: import 'gone.libsonnet' }", 'is not there'],
  ])('may not import what is not of the repository: %s', async (text, message) => {
    await bench.write({ 'env/main.jsonnet': `\n${text}` });
    await writeFile(join(bench.root, 'secret.txt'), 'canary');
    const error = await failureOf(renderIn(bench, 'env'));
    expect(error.code).toBe('config_invalid');
    expect(error.message).toMatch(/^env\/main\.jsonnet:2: /);
    expect(error.message).toContain(message);
  });

  it('that fails says where and why', async () => {
    await bench.write({ 'env/main.jsonnet': '{\n  a: error "no such env",\n}' });
    const error = await failureOf(renderIn(bench, 'env'));
    expect(error.message).toMatch(/^env\/main\.jsonnet:2: jsonnet can't render it: .*no such env/);
    expect(error.message).not.toContain(bench.root);
  });
});
