import { mergeNeeded } from '../../domain/eligibility/hold.ts';
import { revisionWords, type RolloutTarget, workloadWords } from '../../domain/rollout-target.ts';
import type { ApplyContext } from '../../drivers/driver.ts';
import { errorCode, PlumblineError } from '../../util/errors.ts';
import type { ApplyStackResult } from '../../workflows/inputs.ts';
import { refuseMoved } from '../after-applied.ts';
import { refused } from '../apply-gate.ts';
import { audit } from '../audit-entries.ts';
import type { ActivityDeps } from '../deps.ts';
import { resultOf } from '../open-attempt.ts';
import { policyFor } from '../stack-facts.ts';
import type { ToolWork } from '../tool-activity.ts';
import { placePin } from './place-pin.ts';
import { noteVerdict, pinOf, type Restoring } from './restore-state.ts';
import { type MadeRevert, revertCommit } from './revert-commit.ts';
import { type UndoneInGit, undoneInGit, unknownOrigin } from './undone-in-git.ts';

/** What is at hand when a workload goes back to a revision. */
export interface Undoing extends Restoring {
  target: RolloutTarget;
  work: ToolWork;
}

/**
 * Brings a workload back to a revision, and then Git to what that was applied from, so that the next sync does not bring it
 * forward again. Where the workload does not become available, Git stays as it is: people have to look.
 */
export async function undoRollout(deps: ActivityDeps, undoing: Undoing): Promise<ApplyStackResult> {
  const { driver, context, attempt, input, target } = undoing;
  if (!driver.undo || !driver.planUndo)
    throw refused('no_undo', `Stacks of kind ${driver.kind} keep no revisions.`);
  // Looked at before anything is changed; that it is what was approved is seen by the digest, which holds the origin.
  const { origin } = await driver.planUndo(context, target);
  const undone = await undoneInGit(deps, input, origin, undoing.work).catch(refuseOnShared);
  const pinned: ApplyContext = {
    ...context,
    onBegin: async (facts) => {
      await context.onBegin(facts);
      await placePin(deps, pinOf(deps, undoing, pinReason(target)), input.task_id);
    },
  };
  const result = await driver.undo(pinned, target, input.digest);
  if (result.status === 'refused') return await refuseMoved(deps, undoing, result);
  if (result.status === 'failed') {
    const { outcome, code, message } = result;
    return resultOf(await attempt.end({ status: outcome, summary: message, error: { code, message } }));
  }
  return await afterUndone(deps, undoing, { summary: result.summary, undone });
}

function refuseOnShared(error: unknown): never {
  throw errorCode(error) === 'rollback_shared' ? refused('rollback_shared', (error as Error).message) : error;
}

function pinReason(target: RolloutTarget): string {
  return `${workloadWords(target)} was rolled back to ${revisionWords(target)}.`;
}

async function afterUndone(
  deps: ActivityDeps,
  undoing: Undoing,
  { summary, undone }: { summary: string; undone: UndoneInGit | null },
): Promise<ApplyStackResult> {
  const { attempt, input } = undoing;
  try {
    const made = await revertGit(deps, undoing, undone);
    const said = `${summary} ${gitWords(made)}`;
    await noteVerdict(deps, input, { code: 'undone', message: said });
    const ended = await attempt.end({ status: 'applied', summary: said, error: null });
    return { ...resultOf(ended), ...(made.pushed ? { reverted_to: made.commit } : {}) };
  } catch (error) {
    const code = errorCode(error) ?? 'internal';
    const why = deps.redactor.redact(error instanceof Error ? error.message : String(error));
    const message = `${summary} But Git could not be reverted: ${why} The stack is pinned, so that nothing brings it forward again: revert Git by hand, then resume the stack.`;
    return resultOf(await attempt.end({ status: 'applied', summary: message, error: { code, message } }));
  }
}

function gitWords(made: MadeRevert): string {
  const needed = mergeNeeded(made);
  if (needed !== null) return `${made.refusal} ${needed}`;
  return `Git is back at it, too, with ${made.commit.slice(0, 12)}.`;
}

/** Reverts what the workload was rendered from, and pins the stack to the commit that has it. */
async function revertGit(
  deps: ActivityDeps,
  undoing: Undoing,
  undone: UndoneInGit | null,
): Promise<MadeRevert> {
  const { config, input, target, work, pass } = undoing;
  const call = { signal: work.signal, onProgress: (message: string) => work.progress.step(message) };
  if (undone === null) throw unknownOrigin(target);
  const { toCommit, paths } = undone;
  const { actor } = pass.facts.task;
  const message = `Roll ${workloadWords(target)} back to ${revisionWords(target)}`;
  const why = `\n\n${input.key} is back at what was applied from ${toCommit.slice(0, 12)}.`;
  const wanted = { repo: input.repo, paths, toCommit, message: `${message}${why}`, actor };
  const made = await revertCommit(config, wanted, call).catch(alreadyThere);
  const { commit, merge, pushed } = made;
  const pin = pinOf(deps, undoing, pinReason(target));
  await placePin(
    deps,
    { ...pin, id: `${pin.id}-git`, commit, ...(merge === undefined ? {} : { merge }) },
    input.task_id,
  );
  const { environment } = policyFor(config.settings, pass.facts);
  const about = { repo: input.repo, stackKey: input.key, environment, taskId: input.task_id, commit };
  const details = { to_commit: toCommit, pushed, paths: [...paths] };
  await audit(deps, {
    ...about,
    action: 'rollback.reverted',
    result: 'ok',
    actor: actor || 'plumbline',
    details,
  });
  return made;
}

/** Somebody has reverted it already: the newest commit is the one. */
function alreadyThere(error: unknown): MadeRevert {
  const newest = error instanceof PlumblineError ? error.details['commit'] : undefined;
  if (errorCode(error) === 'nothing_to_revert' && typeof newest === 'string')
    return { commit: newest, pushed: true };
  throw error;
}
