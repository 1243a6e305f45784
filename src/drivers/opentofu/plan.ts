import type { DriverPlan, PlanContext } from '../driver.ts';
import { OPENTOFU } from '../terraform/flavour.ts';
import { planFlavour } from '../terraform/plan.ts';
import { opentofuOptions } from './options.ts';

/** Plans a stack with OpenTofu; see `Driver.plan`. */
export async function planOpentofu(context: PlanContext): Promise<DriverPlan> {
  return await planFlavour(context, OPENTOFU, opentofuOptions.parse(context.options ?? {}));
}
