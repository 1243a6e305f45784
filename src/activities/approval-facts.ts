import { isLive } from '../domain/approvals/approval.ts';
import { isExpired } from '../domain/approvals/rules.ts';
import { wakeInMs } from './approval-due.ts';
import { approvalState } from './approval-state.ts';
import type { ActivityDeps } from './deps.ts';
import { latestConfig } from './pinned-config.ts';
import { roadAhead } from './road-ahead.ts';
import type { ApprovalFacts, StackRef } from './types.ts';
import { withdrawnIfGone } from './withdraw-needless.ts';

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
