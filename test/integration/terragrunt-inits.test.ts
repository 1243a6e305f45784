import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ToolResolver } from '../../src/drivers/driver.ts';
import { terragruntDriver } from '../../src/drivers/terragrunt/index.ts';
import { aBench, aStack, planIn, toolsOnPath, type Bench } from '../support/terraform.ts';
import { standInTerragrunt } from '../support/terragrunt.ts';
import { providerMirror } from '../support/tools.ts';
import { waitFor } from '../support/wait-for.ts';

const NOTING_INIT = fileURLToPath(new URL('../support/noting-init.sh', import.meta.url));
const LOCK_FILE = '.terraform.lock.hcl';

describe('the inits of Terragrunt units (a stand-in that calls the real Terraform)', () => {
  let bench: Bench;
  let env: Record<string, string>;
  beforeEach(async () => {
    bench = await aBench();
    const { cliConfigPath } = await providerMirror();
    env = {
      TF_CLI_CONFIG_FILE: cliConfigPath,
      INIT_LOG: join(bench.root, 'inits'),
      INIT_HOLD: hold(),
      INIT_HALF: join(bench.root, 'half'),
    };
  });
  afterEach(async () => {
    await rm(hold(), { force: true });
    await bench.remove();
  });

  const hold = () => join(bench.root, 'hold');
  const write = (name: string, lockFile?: string) =>
    bench.write({
      [`live/${name}/terragrunt.hcl`]: 'inputs = {}\n',
      [`live/${name}/main.tf`]: `terraform {
  required_providers {
    jsonfile = { source = "plumbline.dev/test/jsonfile" }
  }
}
resource "jsonfile_object" "it" {
  path    = "${join(bench.live, `${name}.json`)}"
  content = { x = "1" }
}
`,
      ...(lockFile === undefined ? {} : { [`live/${name}/${LOCK_FILE}`]: lockFile }),
    });
  const tools: ToolResolver = async (name, constraint, options) => {
    if (name !== 'terraform') return await standInTerragrunt(name, constraint, options);
    return { ...(await toolsOnPath(name, constraint, options)), path: NOTING_INIT };
  };
  const plan = (name: string) =>
    planIn(terragruntDriver, bench, aStack('terragrunt', `live/${name}`), { tools, env });
  const notes = async () =>
    (await readFile(env['INIT_LOG']!, 'utf8').catch(() => '')).split('\n').filter(Boolean);

  it('run side by side once the cache has what their lock files name, and one at a time before', async () => {
    await write('first');
    await plan('first');
    const lockFile = await readFile(join(bench.root, 'data/live/first/tree/live/first', LOCK_FILE), 'utf8');
    for (const name of ['a', 'b']) await write(name, lockFile);
    for (const name of ['c', 'd']) await write(name);
    await rm(env['INIT_LOG']!);
    await writeFile(hold(), '');
    const plans = ['a', 'b', 'c', 'd'].map(plan);
    // Of `c` and `d`, which have no lock file, one waits for the other.
    await waitFor('three inits', async () => (await notes()).length === 3);
    const atOnce = (await notes()).toSorted();
    await rm(hold());
    for (const { plan: made } of await Promise.all(plans))
      expect(made.changes).toMatchObject([{ name: 'it', action: 'create' }]);
    expect(atOnce.slice(0, 2)).toEqual(['begin a', 'begin b']);
    const ofWriters = (await notes()).filter((note) => /[cd]$/.test(note));
    const first = ofWriters[0]!.slice(-1);
    const second = first === 'c' ? 'd' : 'c';
    expect(ofWriters).toEqual([`begin ${first}`, `end ${first}`, `begin ${second}`, `end ${second}`]);
  });
});
