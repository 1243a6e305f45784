import type { PlanContext } from '../../driver.ts';
import type { Verification } from '../../driver-results.ts';
import { isEmptyPlan } from './aftermath.ts';
import type { StackMaker } from './ready-stack.ts';

const MANY = 5;

/** Plans once more: an empty plan is what an apply should leave. See `Driver.verify`. */
export async function verifyStack(maker: StackMaker, context: PlanContext): Promise<Verification> {
  const { plan } = await maker.inStack(context, (stack) => stack.plan(stack.session));
  if (isEmptyPlan(plan)) return { ok: true, summary: 'A fresh plan finds nothing to do.', plan };
  const left = [
    ...plan.changes.filter((change) => change.action !== 'none').map((change) => change.address),
    ...plan.outputs.map((output) => `output ${output.name}`),
  ];
  const more = left.length > MANY ? ` and ${left.length - MANY} more` : '';
  return { ok: false, summary: `Still to be done: ${left.slice(0, MANY).join(', ')}${more}.`, plan };
}
