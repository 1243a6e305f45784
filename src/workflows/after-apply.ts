import { CancellationScope, ParentClosePolicy, startChild, workflowInfo } from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { DecidedStack } from '../activities/types.ts';
import { agreedOn, commitOf } from './apply-child.ts';
import type { ApplyWindow } from './apply-window.ts';
import type { ApplyStackResult, RepoRequest } from './inputs.ts';
import { light } from './light.ts';
import { requestLater } from './request-later.ts';

/** A plan that keeps moving is planned again this often, then left for the next sync. */
const MAX_REPLANS = 3;

/** What follows from an apply that did not come about: a new plan where it has moved, or another try after a while. */
export async function afterApply(
  window: ApplyWindow,
  stack: DecidedStack,
  result: ApplyStackResult,
): Promise<void> {
  const { progress, request } = window;
  const refused = result.status === 'refused';
  if (refused) progress.blocked = (progress.blocked ?? 0) + 1;
  else progress.apply_failed = (progress.apply_failed ?? 0) + 1;
  const retry = request.retry ?? 0;
  if (result.error_code === 'digest_changed') {
    // Planned again at once, so that people see what moved. In this workflow's own queue nothing can be lost.
    if (retry < MAX_REPLANS) window.queue.push(again(window, stack, result));
    return;
  }
  if (result.roll_back_to !== undefined) {
    window.queue.push({
      kind: 'rollback',
      stacks: [stack.key],
      to_commit: result.roll_back_to,
      trigger: 'auto-rollback',
      reason: result.message,
      ...vouched(result),
    });
    return;
  }
  if (result.status !== 'failed' || result.error_code === 'cancelled') return;
  await CancellationScope.nonCancellable(() => tryLater(window, stack, retry));
}

/** A returned state is planned as any other, so that people see what it differs in; nothing of that is applied. */
export function afterRestore(
  { queue, request, commit: planned }: ApplyWindow,
  { key }: DecidedStack,
  { reverted_to: commit = planned }: Pick<ApplyStackResult, 'reverted_to'>,
): void {
  const { actor, to_backup } = request;
  const reason = `The state was returned to ${to_backup}.`;
  const who = actor === undefined ? {} : { actor };
  queue.push({ kind: 'sync', stacks: [key], commit, dry_run: true, trigger: 'rollback', reason, ...who });
}

async function tryLater(window: ApplyWindow, stack: DecidedStack, retry: number): Promise<void> {
  const { delay_ms, ...rest } = await light.retryDelay({ job_id: stack.job_id, retry });
  if (delay_ms === null) return;
  const { workflowId } = workflowInfo();
  try {
    await startChild(requestLater, {
      workflowId: `${workflowId}/retry/${stack.key}`,
      args: [{ repo: window.repo, request: again(window, stack, rest), delay_ms }],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      staticSummary: `Try ${stack.key} of ${window.repo} again in ${Math.round(delay_ms / 1000)} s`,
    });
  } catch (error) {
    // Another try is on its way already.
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}

function vouched({ voucher }: Pick<RepoRequest, 'voucher'>): Pick<RepoRequest, 'voucher'> {
  return voucher === undefined ? {} : { voucher };
}

function again(window: ApplyWindow, stack: DecidedStack, found: Pick<RepoRequest, 'voucher'>): RepoRequest {
  const { kind, request } = window;
  const { actor, auto_approve_safe, to_backup, agreed } = request;
  return {
    // A rollback has made its commit: what is left of it is a sync to that one.
    kind: kind === 'rollback' && to_backup === undefined ? 'sync' : kind,
    stacks: [stack.key],
    with_blocked_of: window.taskId,
    ...commitAgain(window, stack),
    trigger: 'retry',
    first_trigger: request.first_trigger ?? request.trigger ?? 'manual',
    retry: (request.retry ?? 0) + 1,
    ...vouched(found),
    ...agreedOn(agreed, stack),
    ...(actor === undefined ? {} : { actor }),
    ...(auto_approve_safe === undefined ? {} : { auto_approve_safe }),
    ...(to_backup === undefined ? {} : { to_backup }),
  };
}

/** A repair is made at what each stack was last synced to, also the next time, unless a commit was asked for. */
function commitAgain(window: ApplyWindow, stack: DecidedStack): Pick<RepoRequest, 'commit'> {
  if (window.kind === 'reconcile' && window.request.commit === undefined) return {};
  return { commit: commitOf(window, stack) };
}
