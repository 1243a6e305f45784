import type { PlanContext } from '../driver.ts';
import type { Verification } from '../driver-results.ts';
import { explain, untilHealthy } from './apply/wait.ts';
import { planStack } from './plan-stack.ts';
import { toDriverPlan } from './plan-result.ts';
import { openSession } from './session.ts';
import { writesAnything } from './planned-stack.ts';

/** Waits until the stack's objects are healthy, then plans once more: there must be nothing left to do. */
export async function verifyKubernetes(context: PlanContext): Promise<Verification> {
  const session = await openSession(context);
  const before = await planStack(session);
  const sought = before.objects.flatMap(({ id, wanted: { type }, rules }) =>
    type === null || rules.hook !== null || rules.ignoreHealth ? [] : [{ id, type }],
  );
  const unwell = await untilHealthy(session, sought);
  const planned = unwell.length === 0 ? await planStack(session) : before;
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
