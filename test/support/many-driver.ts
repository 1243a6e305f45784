import type { Driver } from '../../src/drivers/driver.ts';
import { aFakeDriver, type FakeDriver, type FakePlan } from './fake-driver.ts';

/** A fake driver whose stacks are planned side by side, and which of them came together. */
export interface ManyDriver extends FakeDriver {
  batches: string[][];
}

/** A driver that plans many of its stacks in one activity. */
export function aManyDriver(paths: readonly string[], plan?: FakePlan, kind = 'many'): ManyDriver {
  const fake = aFakeDriver(paths, plan);
  const batches: string[][] = [];
  const planMany: NonNullable<Driver['planMany']> = ({ stacks }) => {
    batches.push(stacks.map(({ key }) => key));
    return { plan: async (context) => await fake.plan(context) };
  };
  return {
    ...fake,
    kind,
    batches,
    planMany,
    discover: async (source) => {
      const { stacks, warnings } = await fake.discover(source);
      return { stacks: stacks.map((stack) => ({ ...stack, kind })), warnings };
    },
  };
}
