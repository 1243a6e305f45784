import type { RolloutTarget } from '../../../domain/rollout-target.ts';
import { errorCode, PlumblineError } from '../../../util/errors.ts';
import type { ApplyContext, DriverPlan } from '../../driver.ts';
import type { FailedApply, UndoResult } from '../../driver-results.ts';
import { openApplyLog, type ApplyLog } from '../apply/apply-log.ts';
import { keepObjects } from '../apply/backup.ts';
import { outcomeOf } from '../apply/outcome.ts';
import { poll } from '../apply/wait.ts';
import { healthOf } from '../health/health-of.ts';
import { rolloutStatus } from '../health/rollout.ts';
import { relatedTo } from '../related.ts';
import { openSession, type Session } from '../session.ts';
import { findUndo, writeUndo, type FoundUndo } from './find-undo.ts';
import { noteUndo } from './undo-note.ts';
import { undoPlan } from './undo-plan.ts';

/** How long a workload has to become available again. */
const AVAILABLE_WITHIN_MS = 300_000;

/**
 * Brings a workload back to a revision of its own; see `Driver.undo`. Not by `kubectl rollout undo`, which says neither what
 * it would change nor minds what the workload is like by then.
 */
export async function undoKubernetes(
  context: ApplyContext,
  target: RolloutTarget,
  digest: string,
): Promise<UndoResult> {
  const session = await openSession(context);
  const found = await findUndo(session, target);
  const plan = await undoPlan(session, found);
  if (context.digestOf(plan.identity) !== digest) return moved(found, plan);
  const backup = await keepObjects(session, [found.live], found.secrets);
  await noteUndo(context.outputPath, found);
  await context.onBegin({ backup });
  const log = await openApplyLog(session, context);
  const failure = await carriedOut(session, found, log);
  if (failure === null) {
    const summary = `${found.address} is back at what revision ${found.revision} was, and available.`;
    return { status: 'undone', summary, origin: found.origin };
  }
  return { status: 'failed', ...failure, backup, log: await log.keep() };
}

type Failure = Pick<FailedApply, 'outcome' | 'code' | 'message'>;

/** Writes the revision and waits for it; null when all went well. */
async function carriedOut(session: Session, found: FoundUndo, log: ApplyLog): Promise<Failure | null> {
  const { address, revision } = found;
  let written = 0;
  try {
    await writeUndo(session, found, { dryRun: false });
    written = 1;
    await log.line(`rolled ${address} back to what revision ${revision} was`);
    await untilAvailable(session, found);
    await log.line(`${address} is available`);
    return null;
  } catch (error) {
    const code = errorCode(error) ?? 'internal';
    const message = session.redact(error instanceof Error ? error.message : String(error));
    await log.line(`failed: ${message}`);
    return { outcome: outcomeOf(code, written), code, message };
  }
}

/** @throws PlumblineError `rollout_failed`: nothing more is done by itself */
async function untilAvailable(session: Session, { type, id, address }: FoundUndo): Promise<void> {
  const until = performance.now() + AVAILABLE_WITHIN_MS;
  let said = '';
  await poll(session, async () => {
    const object = await session.cluster.get(type, id, session.request);
    const { state, message } =
      object === undefined
        ? { state: 'failed' as const, message: `${address} is gone` }
        : rolloutStatus(object);
    if (state === 'done') return true;
    if (state === 'waiting' && performance.now() < until) {
      if (message !== said) session.context.onProgress({ step: 'Waiting for the rollout', line: message });
      said = message;
      return undefined;
    }
    const late = state === 'waiting' ? ` within ${AVAILABLE_WITHIN_MS / 1000} s` : '';
    const why =
      object === undefined ? '' : healthOf(object, { related: await relatedTo(session, object) }).reason;
    const more = why === '' || message.includes(why) ? '' : ` (${why})`;
    throw new PlumblineError(
      'rollout_failed',
      `The rollback was written, but ${address} did not become available${late}: ${message}${more}. Manual intervention required: Git is as it was, and the stack is pinned until somebody resumes it.`,
    );
  });
}

function moved({ address }: FoundUndo, plan: DriverPlan): Extract<UndoResult, { status: 'refused' }> {
  const message = `${address} is no longer what it was when its rollback was approved. Nothing was changed; the rollback has to be approved again.`;
  return { status: 'refused', code: 'digest_changed', message, plan };
}
