import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ToolResolver } from '../../src/drivers/driver.ts';
import { terraformDriver } from '../../src/drivers/terraform/index.ts';
import { aBench, aStack, planIn, toolsOnPath, type Bench } from '../support/terraform.ts';
import { providerMirror } from '../support/tools.ts';

const STACK = aStack('terraform', 'envs/prod');
const MODULE = 'resource "terraform_data" "m" {}\n';

/** What a change between two plans needs. */
interface Changing {
  bench: Bench;
  main: (change?: { state?: string; module?: string; more?: string }) => Promise<void>;
}

describe('an init that is used again', () => {
  let bench: Bench;
  let env: Record<string, string>;
  beforeAll(async () => {
    const { cliConfigPath } = await providerMirror();
    env = { TF_CLI_CONFIG_FILE: cliConfigPath };
  });
  beforeEach(async () => {
    bench = await aBench({ 'modules/a/main.tf': MODULE, 'modules/b/main.tf': MODULE });
    await main();
  });
  afterEach(() => bench.remove());

  const main: Changing['main'] = ({ state = 'one', module = 'a', more = '' } = {}) =>
    bench.write({
      'envs/prod/main.tf': `terraform {
  required_providers {
    jsonfile = { source = "plumbline.dev/test/jsonfile" }
  }
  backend "local" {
    path = "${join(bench.live, `${state}.tfstate`)}"
  }
}
resource "jsonfile_object" "a" {
  path = "${join(bench.live, 'a.json')}"
  content = { x = "1" }
}
module "m" {
  source = "../../modules/${module}"
}
${more}`,
    });
  const initRan = async (context: Parameters<typeof planIn>[3] = {}) =>
    'init' in (await planIn(terraformDriver, bench, STACK, { env, ...context })).plan.durationsMs;
  const lockFile = async () =>
    await readFile(join(bench.root, 'data/envs/prod/tree/envs/prod/.terraform.lock.hcl'), 'utf8');
  const newer: ToolResolver = async (...asked) => ({ ...(await toolsOnPath(...asked)), version: '99.0.0' });

  it.each<[string, (changing: Changing) => Promise<unknown>]>([
    ['nothing', async () => undefined],
    [
      'a resource of a provider that is there',
      ({ main }) => main({ more: 'resource "terraform_data" "x" {}\n' }),
    ],
  ])('is not run for %s', async (_, change) => {
    expect(await initRan()).toBe(true);
    await change({ bench, main });
    expect(await initRan()).toBe(false);
  });

  it.each<[string, (changing: Changing) => Promise<unknown>]>([
    ['another backend', ({ main }) => main({ state: 'two' })],
    ['another source of a module', ({ main }) => main({ module: 'b' })],
    [
      'another lock file',
      async ({ bench }) => bench.write({ 'envs/prod/.terraform.lock.hcl': await lockFile() }),
    ],
    [
      'another constraint of the tool',
      ({ main }) => main({ more: 'terraform {\n  required_version = ">= 1.0"\n}\n' }),
    ],
  ])('is run for %s', async (_, change) => {
    expect(await initRan()).toBe(true);
    await change({ bench, main });
    expect(await initRan()).toBe(true);
    expect(await initRan()).toBe(false);
  });

  it('is run for another version of the tool', async () => {
    expect(await initRan()).toBe(true);
    expect(await initRan({ tools: newer })).toBe(true);
    expect(await initRan({ tools: newer })).toBe(false);
  });

  it('is run when the cached provider that it links to is gone', async () => {
    expect(await initRan()).toBe(true);
    await rm(join(bench.cacheDir, 'terraform/plugins/plumbline.dev'), { recursive: true });
    expect(await initRan()).toBe(true);
    expect(await initRan()).toBe(false);
  });
});
