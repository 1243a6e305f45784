import { dueReminder, nextReminderMs } from '../domain/approvals/reminders.ts';
import { approvalProgress, isExpired } from '../domain/approvals/rules.ts';
import { type Approval, isLive } from '../domain/approvals/approval.ts';
import type { ApprovalPolicy } from '../domain/eligibility/policy.ts';
import { auditEntry, type PartialEntry } from './audit-entries.ts';
import type { ActivityDeps } from './deps.ts';
import { latestConfig } from './pinned-config.ts';
import { policyFor } from './stack-facts.ts';
import type { StackRef } from './types.ts';
import { endApproval } from './withdraw-needless.ts';

/** How long until an open approval expires or somebody is to be reminded or asked, in ms; null: never. */
export async function wakeInMs(deps: ActivityDeps, approval: Approval): Promise<number | null> {
  const now = deps.now();
  // A rejection stands until it is withdrawn.
  const ends = approval.status === 'rejected' ? null : approval.expiresAt;
  const reminder = nextReminderMs(approval, await approvalsPolicy(deps, approval), now);
  const times = [ends === null ? null : Date.parse(ends) - now.getTime(), reminder].filter(
    (time) => time !== null,
  );
  return times.length === 0 ? null : Math.max(1, Math.min(...times));
}

/** Ends an approval whose time is over; else reminds those who are missing, and asks others, where it is time to. */
export async function approvalDue(deps: ActivityDeps, { repo, key }: StackRef): Promise<void> {
  const { store, now } = deps;
  const approval = await store.approvals.latest(repo, key);
  if (!approval || !isLive(approval)) return;
  if (!isExpired(approval, now())) return await remind(deps, approval);
  const { expiresAt } = approval;
  const reason =
    approval.status === 'approved'
      ? `It was approved, but could not be applied in time (until ${expiresAt}).`
      : `Nobody decided in time (until ${expiresAt}).`;
  await endApproval(deps, approval, 'expired', reason);
}

async function remind(deps: ActivityDeps, { id, repo, stackKey }: Approval): Promise<void> {
  const { store, log } = deps;
  const approval = await store.approvals.get(id);
  if (!approval) return;
  const policy = await approvalsPolicy(deps, approval);
  const { missing } = approvalProgress(approval, await store.approvals.decisions(id));
  const still = `Still missing: ${missing.join('; ')}`;
  const at = deps.now();
  const due = await store.approvals.remind(
    id,
    (present) => dueReminder(present, policy, at),
    (done) => {
      const { times, escalatedTo } = done.reminders;
      const details = { times, missing: [...missing] };
      return [
        ...(done.remind
          ? [entryOf(deps, approval, { action: 'approval.reminded', reason: still, details })]
          : []),
        ...(done.escalate
          ? [
              entryOf(deps, approval, {
                action: 'approval.escalated',
                reason: `Asked ${escalatedTo.join(', ')}. ${still}`,
                details: { to: [...escalatedTo], missing: [...missing] },
              }),
            ]
          : []),
      ];
    },
  );
  if (due === undefined) return;
  const { escalatedTo } = due.reminders;
  log.info(
    { repo, stack: stackKey, missing, ...(due.escalate ? { escalateTo: escalatedTo } : {}) },
    'A plan waits for people',
  );
}

function entryOf(
  deps: ActivityDeps,
  { id, repo, stackKey, environment, taskId, commit, digest }: Approval,
  { details, ...entry }: Pick<PartialEntry, 'action' | 'reason' | 'details'>,
) {
  const about = { repo, stackKey, environment, taskId, commit, digest, result: 'ok' };
  return auditEntry(deps, { ...about, ...entry, details: { approval: id, ...details } });
}

async function approvalsPolicy({ store }: ActivityDeps, approval: Approval): Promise<ApprovalPolicy> {
  const { settings } = await latestConfig(store);
  const stack = await store.stacks.get(approval.repo, approval.stackKey);
  const found = policyFor(settings, { job: approval, stack: stack ?? { path: approval.stackKey } });
  return found.policy.approvals;
}
