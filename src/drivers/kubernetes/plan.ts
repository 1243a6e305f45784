import type { DriverPlan, PlanContext } from '../driver.ts';
import { planStack } from './plan-stack.ts';
import { toDriverPlan } from './plan-result.ts';
import { openSession } from './session.ts';

/** Plans a stack; see `Driver.plan`. Only reads and dry runs reach the cluster. */
export async function planKubernetes(context: PlanContext): Promise<DriverPlan> {
  const session = await openSession(context);
  return await toDriverPlan(session, await planStack(session));
}
