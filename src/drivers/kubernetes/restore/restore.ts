import { createHash } from 'node:crypto';
import { isJsonObject, type JsonValue } from '../../../domain/json.ts';
import type { ApplyContext, DriverPlan, PlanContext } from '../../driver.ts';
import type { RestoreResult, SavedState, StateBackup } from '../../driver-results.ts';
import { applyPlanned, notWhole, recordOf } from '../apply/apply.ts';
import { backupStack, lineageOf } from '../apply/backup.ts';
import { toDriverPlan } from '../plan-result.ts';
import { planStack } from '../plan-stack.ts';
import type { PlannedStack } from '../planned-stack.ts';
import { openSession, type Session } from '../session.ts';
import { noteRestore } from './restore-note.ts';
import { savedObjects } from './saved-objects.ts';

/** Keeps all of a stack's objects as they are; see `Driver.backup`. */
export async function backupKubernetes(context: PlanContext): Promise<StateBackup> {
  const session = await openSession(context);
  const planned = await planStack(session);
  return await backupStack(session, planned, { always: true });
}

/** Plans the return to saved objects; see `Driver.planRestore`. */
export async function planRestoreKubernetes(context: PlanContext, saved: SavedState): Promise<DriverPlan> {
  return (await planSaved(await openSession(context), saved)).plan;
}

/**
 * Returns to saved objects; see `Driver.restore`. What the stack has more by now is pruned, by the rules that hold for every
 * prune. Hooks are not run: no more than their names is known of them.
 */
export async function restoreKubernetes(
  context: ApplyContext,
  saved: SavedState,
  digest: string,
): Promise<RestoreResult> {
  const session = await openSession(context);
  const { planned, plan } = await planSaved(session, saved);
  if (context.digestOf(plan.identity) !== digest) return moved(context, plan);
  if (planned.problems.length > 0) throw notWhole(planned.problems);
  const backup = await backupStack(session, planned);
  await noteRestore(context.outputPath, planned);
  await context.onBegin({ backup: backup.content === null ? null : backup });
  const record = recordOf(context, null);
  const result = await applyPlanned(session, context, { planned, plan, backup, record });
  if (result.status === 'failed') return result;
  return { status: 'restored', lineage: await lineageOf(session), serial: null };
}

async function planSaved(
  session: Session,
  saved: SavedState,
): Promise<{ planned: PlannedStack; plan: DriverPlan }> {
  const planned = await planStack(session, () => savedObjects(session, saved));
  const plan = await toDriverPlan(session, planned);
  return { planned, plan: { ...plan, identity: identityOf(plan.identity, saved) } };
}

/** Bound to the saved state, besides what an apply is bound to. */
function identityOf(identity: JsonValue, { id, content }: SavedState): JsonValue {
  const restore = { backup: id, content: createHash('sha256').update(content).digest('hex') };
  return { ...(isJsonObject(identity) ? identity : {}), restore };
}

function moved({ stack }: ApplyContext, plan: DriverPlan): Extract<RestoreResult, { status: 'refused' }> {
  const message = `The objects of ${stack.key} are no longer those that their return was approved for. Nothing was changed; the return has to be approved again.`;
  return { status: 'refused', code: 'digest_changed', message, plan };
}
