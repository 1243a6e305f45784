import { execFile } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readKubernetesOptions } from '../../src/drivers/kubernetes/stack-options.ts';
import { failureOf, renderIn } from '../support/kubernetes-render.ts';
import { anOciRegistry, type OciRegistry } from '../support/oci-registry.ts';
import { aBench, type Bench } from '../support/terraform.ts';
import { testToolchain } from '../support/tools.ts';

const run = promisify(execFile);
const PATH = 'charts/shop';

let bench: Bench;
let registry: OciRegistry;
beforeEach(async () => {
  bench = await aBench({ 'apps/shop/values.yaml': 'color: green\n' });
  registry = await anOciRegistry();
});
afterEach(async () => {
  await registry.close();
  await bench.remove();
});

/** Packs a chart with helm itself, and puts it into the registry. */
async function push(version: string): Promise<string> {
  const folder = join(bench.root, `chart-${version}`, 'shop');
  await mkdir(join(folder, 'templates'), { recursive: true });
  const files = {
    'Chart.yaml': `apiVersion: v2\nname: shop\nversion: ${version}\n`,
    'values.yaml': 'color: red\n',
    'templates/settings.yaml':
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {color: "{{ .Values.color }} {{ .Chart.Version }}"}\n',
  };
  const at = (name: string) => `../chart-${version}/shop/${name}`;
  await bench.write(Object.fromEntries(Object.entries(files).map(([name, text]) => [at(name), text])));
  const { path: helm } = await testToolchain().resolve('helm', undefined, {});
  const env = { PATH: process.env['PATH'] ?? '', HOME: bench.root };
  await run(helm, ['package', folder, '--destination', bench.root], { env });
  const archive = await readFile(join(bench.root, `shop-${version}.tgz`));
  return registry.push({ path: PATH, version, archive });
}

const chart = (more: object = {}) => ({
  helm: {
    chart: `oci://${registry.host}/${PATH}`,
    version: '1.2.3',
    plain_http: true,
    values: ['values.yaml'],
    ...more,
  },
});
const render = async (more: object = {}) => await renderIn(bench, 'apps/shop', { stack: chart(more) });

describe('a chart of a registry', () => {
  it('is got once for each version, and is part of the sources', async () => {
    await push('1.2.3');
    const first = await render();
    expect(first.objects[0]?.object).toMatchObject({ data: { color: 'green 1.2.3' } });
    expect(Object.keys(first.sources)).toEqual([
      'apps/shop/values.yaml',
      `oci://${registry.host}/${PATH}:1.2.3`,
    ]);
    const asked = registry.asked.length;
    expect(await render()).toEqual(first);
    expect(registry.asked).toHaveLength(asked);
  });

  it('has to have the digest that the config names', async () => {
    const digest = await push('1.2.3');
    expect((await render({ digest })).objects).toHaveLength(1);
    const other = `sha256:${'0'.repeat(64)}`;
    const error = await failureOf(render({ digest: other }));
    expect(error).toMatchObject({ code: 'init_failed' });
    expect(error.message).toContain(`its digest is ${digest}, and ${other} is wanted`);
  });

  it('is refused when it is not what its manifest says, and nothing of it is kept', async () => {
    await push('1.2.3');
    registry.tamper();
    for (let attempt = 0; attempt < 2; attempt += 1)
      expect((await failureOf(render())).message).toMatch(/can't be had from oci:.*(?:digest|verif)/i);
  });

  it('is the newest of a range, as definitions of Flux and Argo CD may have one, looked up each time', async () => {
    const { otherwise } = readKubernetesOptions({});
    const wanted = { name: 'shop', repo: `oci://${registry.host}/charts`, version: '1.x', plainHttp: true };
    const options = { ...otherwise, helm: { ...otherwise.helm, chart: wanted } };
    for (const version of ['1.2.3', '1.3.0', '2.0.0']) {
      await push(version);
      const made = await renderIn(bench, 'apps/shop', { options });
      const newest = version === '2.0.0' ? '1.3.0' : version;
      expect(made.objects[0]?.object).toMatchObject({ data: { color: `red ${newest}` } });
      expect(Object.keys(made.sources)).toEqual([`oci://${registry.host}/charts/shop-${newest}.tgz`]);
    }
  });

  it('is said not to be there where it isn’t', async () => {
    await push('1.2.3');
    const error = await failureOf(render({ version: '1.2.4' }));
    expect(error).toMatchObject({ code: 'init_failed', retryable: true });
    expect(error.message).toContain('The chart shop 1.2.4 of apps/shop');
  });
});
