import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { planDigest } from '../../src/domain/digest.ts';
import { terraformDriver } from '../../src/drivers/terraform/index.ts';
import { applyIn, aBench, aStack, hashTree, planIn, type Bench } from '../support/terraform.ts';
import { providerMirror } from '../support/tools.ts';

const STACK = aStack('terraform', 'envs/prod');
const KEY = new Uint8Array(32).fill(7);

/** What a plan's JSON says by itself: the oracle that the driver's words are held against. */
interface Oracle {
  resource_drift?: { address: string; change: { actions: string[] } }[];
  resource_changes?: { address: string; change: { actions: string[] } }[];
}

describe('drift of objects that live outside of Terraform', () => {
  let bench: Bench;
  let env: Record<string, string>;
  beforeAll(async () => {
    const { cliConfigPath } = await providerMirror();
    env = { TF_CLI_CONFIG_FILE: cliConfigPath };
  });
  beforeEach(async () => {
    bench = await aBench();
  });
  afterEach(() => bench.remove());

  const object = (name: string) => join(bench.live, `${name}.json`);
  const main = (body: string) =>
    bench.write({
      'envs/prod/main.tf': `terraform {
  required_providers {
    jsonfile = { source = "plumbline.dev/test/jsonfile" }
  }
  backend "local" {
    path = "${join(bench.live, 'terraform.tfstate')}"
  }
}
${body}`,
    });
  const resource = (content: string, more = '') =>
    `resource "jsonfile_object" "a" {\n  path = "${object('a')}"\n  content = { ${content} }\n${more}}\n`;
  const applied = async (body: string) => {
    await main(body);
    await applyIn(bench, 'envs/prod', { env });
  };
  const edit = async (content: Record<string, string>) => {
    const now = JSON.parse(await readFile(object('a'), 'utf8')) as object;
    await writeFile(object('a'), JSON.stringify({ ...now, ...content }));
  };
  const plan = async () => {
    const before = await Promise.all([hashTree(bench.workTree), hashTree(bench.live)]);
    const planned = await planIn(terraformDriver, bench, STACK, { env });
    expect(await Promise.all([hashTree(bench.workTree), hashTree(bench.live)])).toEqual(before);
    const oracle = JSON.parse(Buffer.from(planned.artifacts.get('plan_json_raw')!).toString()) as Oracle;
    const changed = (list: Oracle['resource_drift']) =>
      (list ?? []).filter((item) => item.change.actions.join() !== 'no-op').map((item) => item.address);
    return {
      ...planned.plan,
      oracle: { drift: changed(oracle.resource_drift), pending: changed(oracle.resource_changes) },
    };
  };

  it('reports nothing when nothing moved', async () => {
    await applied(resource('x = "1"'));
    expect(await plan()).toMatchObject({ changes: [], outputs: [], oracle: { drift: [], pending: [] } });
  });

  it('reports a deleted object as drift that an apply would create again', async () => {
    await applied(resource('x = "1"'));
    await rm(object('a'));
    const { changes, oracle } = await plan();
    expect(oracle).toEqual({ drift: ['jsonfile_object.a'], pending: ['jsonfile_object.a'] });
    expect(changes).toMatchObject([
      {
        address: 'jsonfile_object.a',
        action: 'create',
        actions: ['create'],
        cause: 'drift',
        drift: { actions: ['delete'], after: null },
      },
    ]);
  });

  it('reports an attribute changed by hand as drift, from what was applied to what is live', async () => {
    await applied(resource('x = "1", y = "1"'));
    await edit({ x: '2' });
    const { changes, oracle } = await plan();
    expect(oracle).toEqual({ drift: ['jsonfile_object.a'], pending: ['jsonfile_object.a'] });
    expect(changes).toHaveLength(1);
    expect(changes[0]).toMatchObject({ action: 'update', cause: 'drift' });
    expect(changes[0]?.attributes).toEqual([
      { pointer: '/content/x', before: '1', after: '2', sensitive: false, unknown: false, cause: 'drift' },
    ]);
  });

  it('reports a change in Git alone as pending', async () => {
    await applied(resource('x = "1"'));
    await main(resource('x = "2"'));
    const { changes, oracle } = await plan();
    expect(oracle).toEqual({ drift: [], pending: ['jsonfile_object.a'] });
    expect(changes).toMatchObject([
      {
        action: 'update',
        cause: 'pending',
        attributes: [{ pointer: '/content/x', before: '1', after: '2', cause: 'pending' }],
      },
    ]);
  });

  it('tells the two apart when live and Git moved at once', async () => {
    await applied(resource('x = "1", y = "1"'));
    await edit({ x: '2' });
    await main(resource('x = "1", y = "3"'));
    const { changes } = await plan();
    expect(changes).toMatchObject([{ action: 'update', cause: 'both' }]);
    expect(changes[0]?.attributes).toMatchObject([
      { pointer: '/content/x', before: '1', after: '2', cause: 'drift' },
      { pointer: '/content/y', before: '1', after: '3', cause: 'pending' },
    ]);
  });

  it('reports an object deleted by hand and changed in Git as both', async () => {
    await applied(resource('x = "1"'));
    await rm(object('a'));
    await main(resource('x = "2"'));
    expect((await plan()).changes).toMatchObject([{ action: 'create', cause: 'both' }]);
  });

  it('reports drift under ignore_changes as drift that no apply removes', async () => {
    const ignoring = resource('x = "1"', '  lifecycle {\n    ignore_changes = [content]\n  }\n');
    await applied(ignoring);
    await edit({ x: '2' });
    const { changes, oracle } = await plan();
    expect(oracle).toEqual({ drift: ['jsonfile_object.a'], pending: [] });
    expect(changes).toMatchObject([
      {
        action: 'none',
        cause: 'drift',
        actions: ['update'],
        attributes: [{ pointer: '/content/x', after: '2' }],
      },
    ]);
  });

  it('masks a secret that was changed by hand, and still shows that it was', async () => {
    await applied(resource('x = "1"', '  secret = "canary-first-111"\n'));
    await edit({ $secret: 'canary-second-222' });
    const { changes, identity: _, ...rest } = await plan();
    expect(JSON.stringify([changes, rest])).not.toContain('canary-');
    expect(changes[0]?.attributes).toEqual([
      {
        pointer: '/secret',
        before: '(sensitive)',
        after: '(sensitive)',
        sensitive: true,
        unknown: false,
        cause: 'drift',
      },
    ]);
  });

  it('counts the reading of a data source neither as drift nor as pending', async () => {
    const body = `${resource('x = "1"')}data "jsonfile_object" "d" {\n  path = jsonfile_object.a.path\n}\noutput "o" {\n  value = data.jsonfile_object.d.content\n}\n`;
    await applied(body);
    await edit({ x: '2' });
    const { changes } = await plan();
    expect(changes.map((change) => change.address)).toEqual(['jsonfile_object.a']);
  });

  it('gives one digest to two plans of one drift, and another when live moves on', async () => {
    await applied(resource('x = "1"'));
    await edit({ x: '2' });
    const first = planDigest(KEY, (await plan()).identity);
    expect(planDigest(KEY, (await plan()).identity)).toBe(first);
    await edit({ x: '3' });
    expect(planDigest(KEY, (await plan()).identity)).not.toBe(first);
  });

  it('fills the plugin cache once and leaves the work tree without a lock file', async () => {
    await applied(resource('x = "1"'));
    const first = await plan();
    expect(first.durationsMs).toHaveProperty('init');
    expect((await plan()).durationsMs).not.toHaveProperty('init');
    expect(
      existsSync(join(bench.cacheDir, 'terraform', 'plugins', 'plumbline.dev', 'test', 'jsonfile')),
    ).toBe(true);
    expect(existsSync(join(bench.workTree, 'envs/prod/.terraform.lock.hcl'))).toBe(false);
  });
});
