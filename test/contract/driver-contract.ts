import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { canonicalJson } from '../../src/domain/canonical-json.ts';
import { CAUSES, ACTIONS } from '../../src/domain/change.ts';
import type { Stack } from '../../src/domain/stack.ts';
import type { Driver, ToolResolver } from '../../src/drivers/driver.ts';
import { aBench, discoverIn, hashTree, planIn, type Bench } from '../support/terraform.ts';

/** What the contract needs to know of a driver: a work tree with one stack of its own, and its tools. */
export interface DriverFixture {
  driver: Driver;
  /** Files of a work tree in which the driver finds exactly `stack`, whose plan has changes. */
  files: Record<string, string>;
  /** The same, with another wish for the same resource. */
  otherFiles: Record<string, string>;
  /** A file that makes the stack's configuration unreadable. */
  broken: Record<string, string>;
  stackPath: string;
  tools: () => Promise<ToolResolver>;
  env?: Record<string, string>;
  /** The driver's options, where it finds nothing without them. */
  options?: () => Promise<object>;
}

/** What holds for every driver; each driver's tests run it. */
export function driverContract(name: string, fixture: DriverFixture): void {
  const { driver } = fixture;
  describe(`${name} as a driver`, () => {
    let bench: Bench;
    let tools: ToolResolver;
    let options: object;
    beforeAll(async () => {
      tools = await fixture.tools();
      options = (await fixture.options?.()) ?? {};
    });
    beforeEach(async () => {
      bench = await aBench(fixture.files);
    });
    afterEach(() => bench.remove());

    const env = fixture.env ?? {};
    const discover = async (source: Parameters<typeof discoverIn>[2] = {}, at = bench) =>
      await discoverIn(driver, at, { options, ...source });
    const theStack = async (): Promise<Stack> => (await discover()).stacks[0]!;
    const planOf = async (stack: Stack, context: Parameters<typeof planIn>[3] = {}) =>
      await planIn(driver, bench, stack, { tools, env, options, ...context });
    const plan = async (context: Parameters<typeof planIn>[3] = {}) =>
      await planOf(await theStack(), context);
    const failureOf = async (work: Promise<unknown>) =>
      await work.then(
        () => undefined,
        (error: unknown) => (error as { code?: string }).code,
      );

    it('takes no options, and refuses those that it does not know', () => {
      expect(driver.options.safeParse({}).success).toBe(true);
      expect(driver.options.safeParse({ no_such_option: 1 }).success).toBe(false);
    });

    it('finds its stack, with a key that is safe in a URL', async () => {
      const { stacks } = await discover();
      expect(stacks.map((stack) => [stack.kind, stack.path])).toEqual([[driver.kind, fixture.stackPath]]);
      expect(stacks[0]?.key).toMatch(/^[A-Za-z0-9._~@/-]+$/);
    });

    it('finds a listed stack, and leaves out what it does not know', async () => {
      const { stacks } = await discover({ listed: [fixture.stackPath, 'no/such/stack'] });
      expect(stacks.map((stack) => stack.path)).toEqual([fixture.stackPath]);
    });

    it('heeds the globs', async () => {
      expect((await discover({ exclude: ['**'] })).stacks).toEqual([]);
      expect((await discover({ include: ['elsewhere/**'] })).stacks).toEqual([]);
    });

    it('finds nothing in an empty work tree', async () => {
      const empty = await aBench();
      expect(await discover({}, empty)).toEqual({ stacks: [], warnings: [] });
      await empty.remove();
    });

    it('changes nothing when it discovers and plans', async () => {
      const before = await hashTree(bench.workTree);
      await plan();
      expect(await hashTree(bench.workTree)).toBe(before);
    });

    it('gives changes that are complete, sorted and JSON', async () => {
      const { plan: result, artifacts } = await plan();
      expect(result.changes.length).toBeGreaterThan(0);
      for (const change of result.changes) {
        expect(ACTIONS).toContain(change.action);
        expect(CAUSES).toContain(change.cause);
      }
      const addresses = result.changes.map((change) => change.address);
      expect(addresses).toEqual([...addresses].sort());
      expect(JSON.parse(JSON.stringify(result.changes))).toEqual(result.changes);
      expect(result.tool.version).toMatch(/^\d+\.\d+/);
      expect(result.artifacts.map((artifact) => artifact.kind)).toEqual([...artifacts.keys()]);
      expect(artifacts.get('plan_text')).toBeTypeOf('string');
    });

    it('gives one identity to one situation, and another to another', async () => {
      const first = canonicalJson((await plan()).plan.identity);
      expect(canonicalJson((await plan()).plan.identity)).toBe(first);
      await bench.write(fixture.otherFiles);
      expect(canonicalJson((await plan()).plan.identity)).not.toBe(first);
    });

    it('says by code that the configuration is at fault', async () => {
      const stack = await theStack();
      await bench.write(fixture.broken);
      expect(await failureOf(planOf(stack))).toBe('config_invalid');
    });

    it('says by code that the stack is not there', async () => {
      const stack = { ...(await theStack()), path: 'no/such/stack' };
      expect(await failureOf(planOf(stack))).toBe('stack_not_found');
    });

    it('does not leave the repository for a stack', async () => {
      const stack = { ...(await theStack()), path: '../live' };
      expect(await failureOf(planOf(stack))).toBe('stack_not_found');
    });

    it('stops when it is cancelled', async () => {
      const controller = new AbortController();
      const onProcess = () => controller.abort();
      expect(await failureOf(plan({ signal: controller.signal, onProcess }))).toBe('cancelled');
    });

    it('stops when its time is over', async () => {
      expect(await failureOf(plan({ timeoutMs: 1 }))).toBe('tool_timeout');
    });
  });
}
