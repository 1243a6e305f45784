import type { PlanContext } from '../driver.ts';
import type { Verification } from '../driver-results.ts';
import { explain, isWell, untilHealthy } from './apply/wait.ts';
import { healthOf } from './health/health-of.ts';
import { planStack } from './plan-stack.ts';
import { toDriverPlan } from './plan-result.ts';
import { openSession } from './session.ts';
import { writesAnything } from './planned-stack.ts';

/**
 * Waits until the stack's objects are healthy, and plans: there must be nothing left to do. A plan that found all of them
 * healthy already says both.
 */
export async function verifyKubernetes(context: PlanContext): Promise<Verification> {
  const session = await openSession(context);
  const before = await planStack(session);
  const awaited = before.objects.filter(({ rules }) => rules.hook === null && !rules.ignoreHealth);
  const rules = session.healthRules;
  const isWaiting = !awaited.every(({ live }) => isWell(healthOf(live ?? undefined, { rules })));
  const sought = awaited.flatMap(({ id, wanted: { type } }) => (type === null ? [] : [{ id, type }]));
  const unwell = isWaiting ? await untilHealthy(session, sought) : [];
  const planned = isWaiting && unwell.length === 0 ? await planStack(session) : before;
  const plan = await toDriverPlan(session, planned);
  if (unwell.length > 0) return { ok: false, summary: await explain(session, unwell), plan };
  if (planned.problems.length > 0) {
    const [{ address, message }] = planned.problems as [(typeof planned.problems)[0]];
    return { ok: false, summary: `${address} can't be looked at: ${message}`, plan };
  }
  if (!writesAnything(planned)) return { ok: true, summary: 'Live is what Git says, and healthy.', plan };
  const moved = plan.changes.filter(({ action }) => action !== 'none').map(({ address }) => address);
  const shown = moved.slice(0, 5).join(', ');
  const summary = `It was written, but these are not as Git says: ${shown}${moved.length > 5 ? ` and ${moved.length - 5} more` : ''}.`;
  return { ok: false, summary, plan };
}
