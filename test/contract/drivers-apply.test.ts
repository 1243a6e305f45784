import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Driver, ToolResolver } from '../../src/drivers/driver.ts';
import { kubernetesDriver } from '../../src/drivers/kubernetes/index.ts';
import { opentofuDriver } from '../../src/drivers/opentofu/index.ts';
import { drivers } from '../../src/drivers/registry.ts';
import { terraformDriver } from '../../src/drivers/terraform/index.ts';
import { terragruntDriver } from '../../src/drivers/terragrunt/index.ts';
import { anApplyContext, anAttempt, digestOf } from '../support/applying.ts';
import { optionsOnSharedCluster } from '../support/kubernetes-options.ts';
import { aBench, aStack, openTofu, planIn, toolsOnPath, type Bench } from '../support/terraform.ts';
import { standInTerragrunt } from '../support/terragrunt.ts';
import { testToolchain } from '../support/tools.ts';

interface ApplyFixture {
  driver: Driver;
  tools: () => Promise<ToolResolver>;
  /** One stack in `envs/prod` whose state, where it has one, lies in a folder, with a wish. */
  files: (live: string, wish: string) => Record<string, string>;
  /** Options with which nothing of the stack is there yet. */
  options?: (folder: string) => Promise<object>;
}

const files = (live: string, wish: string) => ({
  'envs/prod/main.tf': `terraform {\n  backend "local" {\n    path = "${live}/state.tfstate"\n  }\n}\nresource "terraform_data" "a" {\n  input = "${wish}"\n}\n`,
});

/** Drivers that only plan stand here with the reason. */
const PLANS_ONLY: Record<string, string> = {};

/** Drivers whose state has no lock stand here with the reason. */
const LOCKLESS = {
  kubernetes: 'its state is the cluster itself, which guards each write by the version of its object',
};

const FIXTURES: Record<string, ApplyFixture> = {
  terraform: { driver: terraformDriver, tools: async () => toolsOnPath, files },
  opentofu: { driver: opentofuDriver, tools: openTofu, files },
  terragrunt: {
    driver: terragruntDriver,
    tools: async () => standInTerragrunt,
    files: (live, wish) => ({ ...files(live, wish), 'envs/prod/terragrunt.hcl': 'inputs = {}\n' }),
  },
  kubernetes: {
    driver: kubernetesDriver,
    tools: async () => {
      const tools = testToolchain();
      return tools.resolve.bind(tools);
    },
    files: (_live, wish) => ({
      'envs/prod/kustomization.yaml': 'resources: [settings.yaml]\n',
      'envs/prod/settings.yaml': `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  wish: ${wish}\n`,
    }),
    options: optionsOnSharedCluster,
  },
};

const APPLIES = ['apply', 'recover', 'verify', 'backup', 'planRestore', 'restore'] as const;
const LOCKS = ['stateLock', 'unlock'] as const;

describe('the registry', () => {
  it('has nothing half: a driver that applies can do all that belongs to it', () => {
    for (const driver of drivers) {
      const there = [...APPLIES, ...LOCKS].filter((member) => driver[member] !== undefined);
      const belongs = driver.kind in LOCKLESS ? APPLIES : [...APPLIES, ...LOCKS];
      expect(there).toEqual(driver.kind in PLANS_ONLY ? [] : belongs);
      expect(driver.kind in PLANS_ONLY || driver.kind in FIXTURES).toBe(true);
    }
  });
});

/** Has a new bench before each test, in which the stack wishes `one`. */
function aSite(fixture: ApplyFixture) {
  const driver = fixture.driver as Required<Driver>;
  const stack = aStack(driver.kind, 'envs/prod');
  let bench: Bench;
  let tools: ToolResolver;
  let options: object;
  beforeAll(async () => {
    tools = await fixture.tools();
  });
  beforeEach(async () => {
    bench = await aBench();
    options = (await fixture.options?.(bench.root)) ?? { lock_timeout: '0s' };
    await wish('one');
  });
  afterEach(() => bench.remove());

  const wish = (text: string) => bench.write(fixture.files(bench.live, text));
  const plan = async () => (await planIn(driver, bench, stack, { tools, options })).plan;
  const approve = async () => digestOf((await plan()).identity);
  const aContext = (more: Parameters<typeof anApplyContext>[2] = {}) =>
    anApplyContext(bench, stack, { tools, options, ...more });
  const hasState = () => existsSync(join(bench.live, 'state.tfstate'));
  return { driver, wish, plan, approve, aContext, hasState };
}

for (const [name, fixture] of Object.entries(FIXTURES)) {
  describe(`${name} as a driver that applies`, () => {
    const { driver, wish, plan, approve, aContext, hasState } = aSite(fixture);

    it('applies what was approved, once asked, and finds nothing to do afterwards', async () => {
      const { context, begun } = await aContext();
      expect(await driver.apply(context, await approve())).toMatchObject({ status: 'applied' });
      expect(begun).toHaveLength(1);
      expect((await driver.verify(context)).ok).toBe(true);
    });

    it('refuses anything else, before it begins', async () => {
      const digest = await approve();
      await wish('two');
      const { context, begun } = await aContext();
      expect(await driver.apply(context, digest)).toMatchObject({
        status: 'refused',
        code: 'digest_changed',
      });
      expect(begun).toEqual([]);
      expect(hasState()).toBe(false);
      const { changes } = await plan();
      expect(changes.map(({ action }) => action)).toEqual(['create']);
    });

    it('changes nothing when the attempt could not be recorded, and says so when asked', async () => {
      const digest = await approve();
      const { context } = await aContext({ onBegin: () => Promise.reject(new Error('no lease')) });
      await expect(driver.apply(context, digest)).rejects.toThrow('no lease');
      const recovery = await driver.recover(context, anAttempt({ digest }));
      expect(recovery).toMatchObject({ outcome: 'not_applied', orphanedLock: null });
    });

    it('says of a finished apply that it is applied, as often as it is asked', async () => {
      const digest = await approve();
      const { context } = await aContext();
      await driver.apply(context, digest);
      const attempt = anAttempt({ digest });
      expect(await driver.recover(context, attempt)).toMatchObject({ outcome: 'applied' });
      expect(await driver.recover(context, attempt)).toMatchObject({ outcome: 'applied' });
    });

    it('stops before it begins when it is cancelled', async () => {
      const controller = new AbortController();
      const { context, begun } = await aContext({ signal: controller.signal });
      const digest = await approve();
      controller.abort();
      await expect(driver.apply(context, digest)).rejects.toMatchObject({ code: 'cancelled' });
      expect(begun).toEqual([]);
    });
  });
}

for (const [name, fixture] of Object.entries(FIXTURES)) {
  describe(`${name} as a driver that restores`, () => {
    const { driver, wish, approve, aContext } = aSite(fixture);

    it('restores a state that it saved', async () => {
      await driver.apply((await aContext()).context, await approve());
      const saving = await aContext();
      const saved = await driver.backup(saving.context);
      await wish('two');
      await driver.apply((await aContext()).context, await approve());
      const { context, begun } = await aContext();
      const state = { id: 'backup-1', content: Buffer.from(saving.artifacts[0]!.content) };
      const agreed = digestOf((await driver.planRestore(context, state)).identity);
      expect(await driver.restore(context, { ...state, id: 'backup-2' }, agreed)).toMatchObject({
        status: 'refused',
        code: 'digest_changed',
      });
      expect(begun).toEqual([]);
      const restored = await driver.restore(context, state, agreed);
      expect(restored).toMatchObject({ status: 'restored', lineage: saved.lineage });
      const { serial } = restored as { serial: number | null };
      expect(name in LOCKLESS || serial! > begun[0]!.serial).toBe(true);
      expect((await driver.planRestore(context, state)).changes).toEqual([]);
      expect((await driver.verify(context)).ok).toBe(false);
      await wish('one');
      expect((await driver.verify(context)).ok).toBe(true);
    });
  });
}
