import { access, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { PlanContext } from '../../src/drivers/driver.ts';
import { terraformDriver } from '../../src/drivers/terraform/index.ts';
import { goArch, goOs } from '../../src/toolchain/releases.ts';
import { eventually } from '../support/eventually.ts';
import { aBench, aStack, onlyTool, planIn, toolsOnPath, type Bench } from '../support/terraform.ts';
import { providerMirror } from '../support/tools.ts';

const NOTING_INIT = fileURLToPath(new URL('../support/noting-init.sh', import.meta.url));
const SIX = ['a', 'b', 'c', 'd', 'e', 'f'];
const LOCK_FILE = '.terraform.lock.hcl';

/** The provider of test/support/provider-jsonfile, and another one with a resource like its own. */
const JSONFILE = {
  required: 'jsonfile = { source = "plumbline.dev/test/jsonfile" }',
  resource: 'resource "jsonfile_object" "it"',
  content: (live: string, name: string) =>
    `path = "${join(live, `${name}.json`)}"\n  content = { x = "the content of ${name}" }`,
};
const LOCAL = {
  required: 'local = { source = "hashicorp/local" }',
  resource: 'resource "local_file" "it"',
  content: (live: string, name: string) =>
    `filename = "${join(live, `${name}.txt`)}"\n  content = "the content of ${name}"`,
};

describe('the plugin cache of stacks that are planned at once', () => {
  let bench: Bench;
  let context: Partial<PlanContext>;
  let cli: Record<string, string>;
  beforeAll(async () => {
    const { cliConfigPath } = await providerMirror();
    cli = { TF_CLI_CONFIG_FILE: cliConfigPath };
  });
  beforeEach(async () => {
    bench = await aBench();
    const { version } = await toolsOnPath('terraform', undefined, {});
    const env = { ...cli, INIT_LOG: join(bench.root, 'inits'), INIT_HOLD: hold(), INIT_HALF: cached() };
    context = { env, tools: onlyTool({ path: NOTING_INIT, version }) };
  });
  afterEach(() => bench.remove());

  const hold = () => join(bench.root, 'hold');
  const provider = () => join(bench.cacheDir, 'terraform/plugins/plumbline.dev/test/jsonfile');
  const cached = () => join(provider(), '1.0.0', `${goOs()}_${goArch()}`);
  const stackOf = (name: string) => aStack('terraform', `envs/${name}`);
  const write = (
    name: string,
    options: { uses?: typeof LOCAL; backend?: boolean; lockFile?: string } = {},
  ) => {
    const { uses = JSONFILE, backend = false, lockFile } = options;
    const state = join(bench.live, `${name}.tfstate`);
    return bench.write({
      [`envs/${name}/main.tf`]: `terraform {
  required_providers {
    ${uses.required}
  }
  ${backend ? `backend "local" {\n    path = "${state}"\n  }` : ''}
}
${uses.resource} {
  ${uses.content(bench.live, name)}
}
`,
      ...(lockFile === undefined ? {} : { [`envs/${name}/${LOCK_FILE}`]: lockFile }),
    });
  };
  /** What init made of a stack without a lock file, in a bench of its own. */
  const lockFile = async () => {
    await write('first');
    await planIn(terraformDriver, bench, stackOf('first'), {
      ...context,
      cacheDir: join(bench.root, 'other'),
    });
    await rm(join(bench.root, 'inits'));
    return await readFile(join(bench.root, 'data/envs/first/tree/envs/first', LOCK_FILE), 'utf8');
  };
  const plan = async (name: string, more: Partial<PlanContext> = {}) => {
    const { plan: made } = await planIn(terraformDriver, bench, stackOf(name), { ...context, ...more });
    return { ...made, name };
  };
  /** Plans them at once, sees that each plan is right, and says whose init ran. */
  const planAll = async (names: readonly string[], more?: Partial<PlanContext>) => {
    const plans = await Promise.all(names.map((name) => plan(name, more)));
    for (const { name, changes } of plans) {
      expect(changes).toMatchObject([{ name: 'it', action: 'create' }]);
      expect(JSON.stringify(changes)).toContain(`the content of ${name}`);
    }
    return plans.filter(({ durationsMs }) => 'init' in durationsMs).map(({ name }) => name);
  };
  const notes = async () =>
    (await readFile(join(bench.root, 'inits'), 'utf8').catch(() => '')).split('\n').filter(Boolean);
  const begun = async () => (await notes()).filter((note) => note.startsWith('begin')).length;
  /** Inits one after the other, each ended before the next one began. */
  const oneByOne = (names: readonly string[]) => names.flatMap((name) => [`begin ${name}`, `end ${name}`]);
  /** Lets an init stand still while it fills the cache. */
  const standStill = async (name: string, more?: Partial<PlanContext>) => {
    await writeFile(hold(), '');
    const planned = planAll([name], more).catch((error: unknown) => error);
    await eventually(() =>
      access(cached()).then(
        () => 'begun',
        () => 'not yet',
      ),
    ).toBe('begun');
    return { go: () => rm(hold()), planned };
  };

  it.each([
    ['a committed lock file', true],
    ['no lock file', false],
  ])(
    'is filled by one of six with the same needs and %s, and no other runs an init',
    async (_, committed) => {
      const more = committed ? { lockFile: await lockFile() } : {};
      for (const name of SIX) await write(name, more);
      const inits = await planAll(SIX);
      expect(inits).toHaveLength(1);
      expect(await notes()).toEqual(oneByOne(inits));
    },
  );

  it('is filled by one of six with backends before the others run their inits', async () => {
    const lock = await lockFile();
    for (const name of SIX) await write(name, { backend: true, lockFile: lock });
    expect(await planAll(SIX)).toEqual(SIX);
    const [first, second, ...others] = await notes();
    expect(second).toBe(first?.replace('begin', 'end'));
    expect(others).toHaveLength(10);
  });

  it('is filled in turn by a stack with another provider, whose init is its own', async () => {
    for (const name of SIX) await write(name, name === 'f' ? { uses: LOCAL } : {});
    const inits = await planAll(SIX);
    expect(inits).toHaveLength(2);
    expect(inits).toContain('f');
    expect([oneByOne(inits), oneByOne(inits.toReversed())]).toContainEqual(await notes());
  });

  it('is filled again when a provider is gone between two scans', async () => {
    for (const name of SIX) await write(name);
    await planAll(SIX);
    expect(await planAll(SIX)).toEqual([]);
    await rm(provider(), { recursive: true });
    const before = (await notes()).length;
    expect(await planAll(SIX)).not.toEqual([]);
    const [first, second] = (await notes()).slice(before);
    expect(second).toBe(first?.replace('begin', 'end'));
    expect(await planAll(SIX)).toEqual([]);
  });

  it('is not used while an init still fills it', async () => {
    const lock = await lockFile();
    for (const name of SIX) await write(name, { lockFile: lock });
    const first = await standStill('a');
    const waiting: string[] = [];
    const others = planAll(SIX.slice(1), {
      onProgress: ({ line = '' }) => void (line.startsWith('Waiting') && waiting.push(line)),
    });
    await eventually(async () => waiting.length + (await begun())).toBe(6);
    expect(await notes()).toEqual(['begin a']);
    await first.go();
    expect(await first.planned).toEqual(['a']);
    expect(await others).toEqual([]);
    expect(await notes()).toEqual(oneByOne(['a']));
  });

  it('is repaired by one init when another one was ended while it filled it', async () => {
    const lock = await lockFile();
    for (const name of SIX) await write(name, { lockFile: lock });
    const stop = new AbortController();
    const first = await standStill('a', { signal: stop.signal });
    stop.abort();
    expect(await first.planned).toMatchObject({ code: 'cancelled' });
    await first.go();
    const inits = await planAll(SIX);
    expect(inits).toHaveLength(1);
    expect(await notes()).toEqual(['begin a', ...oneByOne(inits)]);
  });
});
