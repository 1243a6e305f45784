import type { Driver } from '../../src/drivers/driver.ts';
import { terraformDriver } from '../../src/drivers/terraform/index.ts';
import { waitFor } from './wait-for.ts';

/**
 * Terraform as it is, but no two plans of a stack within one second, which is what plans and `plantimestamp()` count in: two
 * plans in a row are never the same to the byte.
 */
export function terraformBySeconds(onPlan: (key: string) => void = () => undefined): Driver {
  const seconds = new Map<string, number>();
  const now = () => Math.floor(Date.now() / 1000);
  return {
    ...terraformDriver,
    plan: async (context) => {
      const { key } = context.stack;
      onPlan(key);
      await waitFor('another second', () => now() > (seconds.get(key) ?? 0));
      const plan = await terraformDriver.plan(context);
      seconds.set(key, now());
      return plan;
    },
  };
}
