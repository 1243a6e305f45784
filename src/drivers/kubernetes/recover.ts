import type { Attempt } from '../../domain/attempt.ts';
import type { ApplyContext } from '../driver.ts';
import type { Recovery } from '../driver-results.ts';
import { planStack } from './plan-stack.ts';
import { toDriverPlan } from './plan-result.ts';
import { openSession } from './session.ts';
import { writesAnything } from './planned-stack.ts';
import { recoverRestore } from './restore/recover-restore.ts';
import { readRestore } from './restore/restore-note.ts';
import { recoverUndo } from './undo/recover-undo.ts';
import { readUndo } from './undo/undo-note.ts';

/** Finds out what became of an attempt whose worker is gone: its requests have ended with it. */
export async function recoverKubernetes(context: ApplyContext, attempt: Attempt): Promise<Recovery> {
  const session = await openSession(context);
  if (attempt.kind === 'rollback') {
    const undo = await readUndo(context.outputPath);
    if (undo !== undefined) return await recoverUndo(session, undo);
    const restore = await readRestore(context.outputPath);
    if (restore !== undefined) return await recoverRestore(session, restore, attempt.id);
  }
  const planned = await planStack(session);
  const plan = await toDriverPlan(session, planned);
  const told = (outcome: Recovery['outcome'], summary: string): Recovery => ({
    outcome,
    summary,
    orphanedLock: null,
  });
  if (planned.problems.length > 0)
    return told('unknown', `Not all of its objects can be looked at: ${planned.problems[0]!.message}`);
  if (!writesAnything(planned)) return told('applied', 'All of its objects are as they were to be.');
  if (context.digestOf(plan.identity) === attempt.digest)
    return told('not_applied', 'Everything is as it was before it.');
  const left = plan.changes.filter(({ action }) => action !== 'none').length;
  return told(
    'partial',
    `A fresh plan still has ${left} ${left === 1 ? 'change' : 'changes'}, and not those that were approved.`,
  );
}
