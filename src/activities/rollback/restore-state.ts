import type { Hold } from '../../domain/eligibility/hold.ts';
import type { VerdictReason } from '../../domain/eligibility/verdict.ts';
import type { ApplyContext, Driver } from '../../drivers/driver.ts';
import type { ApplyStackInput, ApplyStackResult } from '../../workflows/inputs.ts';
import { refuseMoved } from '../after-applied.ts';
import { type GatePass, refused } from '../apply-gate.ts';
import type { ActivityDeps } from '../deps.ts';
import { type OpenAttempt, resultOf } from '../open-attempt.ts';
import type { PinnedConfig } from '../pinned-config.ts';
import { placePin } from './place-pin.ts';
import { savedState } from './saved-state.ts';

/** What is at hand when a stack returns to a saved state. */
export interface Restoring {
  driver: Driver;
  context: ApplyContext;
  attempt: OpenAttempt;
  config: PinnedConfig;
  input: ApplyStackInput & { to_backup: string };
  pass: GatePass;
}

/**
 * Returns a stack to a saved state, pins it, plans it once more and says what it is like then. That it differs is no
 * failure: people look at it, and nothing is applied before they have released the pin.
 */
export async function restoreState(deps: ActivityDeps, restoring: Restoring): Promise<ApplyStackResult> {
  const { driver, context, attempt, input } = restoring;
  if (!driver.restore) throw refused('no_restore', `Stacks of kind ${driver.kind} have no state to restore.`);
  const saved = await savedState(deps, input);
  const pinned: ApplyContext = {
    ...context,
    onBegin: async (facts) => {
      await context.onBegin(facts);
      const reason = `Its state was returned to ${input.to_backup}.`;
      await placePin(deps, pinOf(deps, restoring, reason), input.task_id);
    },
  };
  const result = await driver.restore(pinned, saved, input.digest);
  if (result.status === 'refused') return await refuseMoved(deps, restoring, result);
  if (result.status === 'failed') {
    const { outcome, code, message } = result;
    return resultOf(await attempt.end({ status: outcome, summary: message, error: { code, message } }));
  }
  const reason = await lookAgain(deps, restoring);
  await noteVerdict(deps, input, reason);
  const serial = result.serial === null ? '' : ` Its serial is ${result.serial}.`;
  const summary = `${reason.message}${serial}`;
  return resultOf(await attempt.end({ status: 'applied', summary, error: null }));
}

/** Not even the commit that was planned may be applied by itself: the state may know other objects than are there. */
export function pinOf(
  { now }: Pick<ActivityDeps, 'now'>,
  { input, pass }: Pick<Restoring, 'input' | 'pass'>,
  reason: string,
): Hold {
  return {
    id: `pin-${input.task_id}-${input.key}`,
    kind: 'pin',
    scope: 'stack',
    repo: input.repo,
    name: input.key,
    commit: null,
    reason,
    by: pass.facts.task.actor || 'plumbline',
    at: now().toISOString(),
    releasedAt: null,
    releasedBy: null,
  };
}

async function lookAgain(
  { redactor }: ActivityDeps,
  { driver, context, input }: Restoring,
): Promise<VerdictReason> {
  const done = `The state was returned to ${input.to_backup}`;
  const review = { code: 'restored_differs' };
  try {
    const look = await driver.verify?.(context);
    if (look === undefined) return { ...review, message: `${done}, and can’t be looked at: review needed.` };
    if (look.ok) return { code: 'restored', message: `${done}: no drift.` };
    return { ...review, message: `${done}, but it differs: review needed. ${look.summary}` };
  } catch (error) {
    const why = redactor.redact(error instanceof Error ? error.message : String(error));
    return { ...review, message: `${done}, but could not be planned: review needed. ${why}` };
  }
}

/** Says what came of it before why it was let through. */
export async function noteVerdict(
  { store }: Pick<ActivityDeps, 'store'>,
  { task_id, job_id }: ApplyStackInput,
  reason: VerdictReason,
): Promise<void> {
  const verdict = (await store.verdicts.listByTask(task_id))[job_id];
  if (verdict) await store.verdicts.put(job_id, { ...verdict, reasons: [reason, ...verdict.reasons] });
}
