import { isExpired } from '../domain/approval-rules.ts';
import type { Approval } from '../domain/approval.ts';
import { approvalState } from './approval-state.ts';
import type { ActivityDeps } from './deps.ts';
import { latestConfig } from './pinned-config.ts';
import { roadAhead } from './road-ahead.ts';
import { policyFor } from './stack-facts.ts';
import type { ApprovalFacts, StackRef } from './types.ts';
import { isLive, withdrawnIfGone } from './withdraw-needless.ts';

/** The stack's newest approval, with what is waited for and until when. One that nobody needs any more is ended first. */
export async function loadApproval(
  deps: ActivityDeps,
  { repo, key, asked }: StackRef & { asked?: number },
): Promise<ApprovalFacts> {
  const { store } = deps;
  const { settings } = await latestConfig(store);
  const found = await store.approvals.latest(repo, key);
  const approval = found ? await withdrawnIfGone(deps, settings, found) : null;
  const decisions = approval ? await store.approvals.decisions(approval.id) : [];
  const standing = approval?.status === 'approved' && !isExpired(approval, deps.now());
  const ahead = standing ? await roadAhead(deps, settings, approval, asked ?? 0) : null;
  const open = approval !== null && isLive(approval);
  const times = open ? [await wakeInMs(deps, approval), ahead?.wakeInMs ?? null] : [];
  const next = times.filter((time) => time !== null);
  return {
    approval,
    decisions,
    state: approvalState(approval, decisions),
    allow_unsigned: settings.approvals.allowUnsignedSignals ?? false,
    open,
    ask_sync: ahead?.free === true,
    wake_in_ms: next.length === 0 ? null : Math.min(...next),
  };
}

async function wakeInMs(deps: ActivityDeps, approval: Approval): Promise<number | null> {
  const now = deps.now().getTime();
  // A rejection stands until it is withdrawn.
  const ends = approval.status === 'rejected' ? null : approval.expiresAt;
  const times = ends === null ? [] : [Date.parse(ends) - now];
  const { remindEveryMs } = await approvalsPolicy(deps, approval);
  if (remindEveryMs !== null && approval.status === 'waiting') {
    const since = now - Date.parse(approval.presentedAt);
    times.push(remindEveryMs - (Math.max(0, since) % remindEveryMs));
  }
  return times.length === 0 ? null : Math.max(1, Math.min(...times));
}

/** Who has to agree by the policy in force. */
export async function approvalsPolicy({ store }: ActivityDeps, approval: Approval) {
  const { settings } = await latestConfig(store);
  const stack = await store.stacks.get(approval.repo, approval.stackKey);
  const found = policyFor(settings, { job: approval, stack: stack ?? { path: approval.stackKey } });
  return found.policy.approvals;
}
