import type { KubeObject } from '../../../kube/object.ts';
import { errorCode, PlumblineError } from '../../../util/errors.ts';
import type { ApplyContext, DriverPlan } from '../../driver.ts';
import type { ApplyResult, StateBackup } from '../../driver-results.ts';
import { planStack } from '../plan-stack.ts';
import { toDriverPlan } from '../plan-result.ts';
import { writesAnything, type PlannedStack } from '../planned-stack.ts';
import { handOver } from '../removed/hand-over.ts';
import { isRemoved } from '../removed/removed-stack.ts';
import { openSession, type Session } from '../session.ts';
import { openApplyLog } from './apply-log.ts';
import { endInventory, inventoryAfter, inventoryBefore, keepInventory } from './keep-inventory.ts';
import { outcomeOf } from './outcome.ts';
import { runStages } from './run-stages.ts';
import type { ApplyRecord } from './write-object.ts';
import { backupStack } from './backup.ts';

/** Applies exactly what was approved; see `Driver.apply`. */
export async function applyKubernetes(context: ApplyContext, digest: string): Promise<ApplyResult> {
  const session = await openSession(context);
  const planned = await planStack(session);
  const plan = await toDriverPlan(session, planned);
  if (context.digestOf(plan.identity) !== digest) return refusal(context, plan);
  if (planned.problems.length > 0) throw notWhole(planned.problems);
  const backup = await backupStack(session, planned);
  await context.onBegin({ backup: backup.content === null ? null : backup });
  const record = recordOf(context, context.commit);
  return await applyPlanned(session, context, { planned, plan, backup, record });
}

/** What an apply notes on the objects that it writes. @param commit null: each keeps the one that it has */
export function recordOf({ attemptId: attempt, onBehalf }: ApplyContext, commit: string | null): ApplyRecord {
  if (onBehalf === undefined) return { commit, attempt };
  return { commit, attempt, task: onBehalf.taskId, approvedBy: onBehalf.approvedBy };
}

/** An attempt that is on record. */
export interface Begun {
  planned: PlannedStack;
  plan: DriverPlan;
  backup: StateBackup;
  record: ApplyRecord;
}

/** Makes what was planned, keeps the inventory, and says how far it came. */
export async function applyPlanned(
  session: Session,
  context: ApplyContext,
  { planned, plan, backup: kept, record }: Begun,
): Promise<Exclude<ApplyResult, { status: 'refused' }>> {
  const log = await openApplyLog(session, context);
  const backup = kept.content === null ? null : kept;
  const done = new Map<string, KubeObject | null>();
  let failure: { code: string; message: string } | null = null;
  try {
    // What is about to be made is on record before it is: nothing that a killed process made is ever forgotten.
    const stored = planned.inventory?.parts ?? [];
    // Of a stack that Git no longer has, nothing is made, and its inventory may be what goes.
    const begun = isRemoved(context.stack)
      ? stored
      : await keepInventory(session, inventoryBefore(session, planned), stored);
    if (writesAnything(planned)) failure = await runStages(session, planned, { log, record, done });
    const ended = inventoryAfter(session, planned, { done, failed: failure !== null });
    await endInventory(session, ended, begun);
    if (failure === null) await handOver(session, planned, done);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    failure = { code: errorCode(error) ?? 'internal', message };
  }
  if (failure === null) return { status: 'applied', plan, backup, log: await log.keep() };
  return {
    status: 'failed',
    outcome: outcomeOf(failure.code, done.size),
    code: failure.code,
    message: `${session.redact(failure.message)} ${howFar(done.size)}`,
    backup,
    log: await log.keep(),
  };
}

/** Nothing of a stack is applied of which not all could be planned. */
export function notWhole([first]: PlannedStack['problems']): PlumblineError {
  const { address, message } = first!;
  return new PlumblineError(
    'plan_incomplete',
    `Not all of the stack could be planned, so that nothing of it is applied. ${address}: ${message}`,
  );
}

function howFar(written: number): string {
  if (written === 0) return 'Nothing is known to have been written.';
  return written === 1 ? 'One object had been written.' : `${written} objects had been written.`;
}

function refusal(context: ApplyContext, plan: DriverPlan): Extract<ApplyResult, { status: 'refused' }> {
  const message = `The plan of ${context.stack.key} is no longer the one that was approved: what is live or what Git wants has changed. Nothing was changed; the new plan has to be approved.`;
  return { status: 'refused', code: 'digest_changed', message, plan };
}
