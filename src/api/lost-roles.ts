import { type Approval, LIVE_STATUSES } from '../domain/approvals/approval.ts';
import { lostApprovals } from '../domain/approvals/lost-role.ts';
import { statusAfter } from '../domain/approvals/rules.ts';
import type { AuditEntry } from '../domain/audit/record.ts';
import type { AuthSettings } from '../domain/settings.ts';
import type { ApiDeps } from './deps.ts';

/** Approvals that are open at once, at most. */
const MOST_APPROVALS = 5_000;

/** What `withdrawLostRoles` needs. */
interface LostRoleDeps extends Pick<ApiDeps, 'store' | 'clock' | 'log'> {
  auth: AuthSettings;
  /** Lets the approval look at itself again. */
  wake: (approval: Approval) => Promise<void>;
}

/**
 * Takes back, in their name, what people have approved who may not decide any more by the config, and writes it down. To be called with
 * every config that is loaded; safe to run again. What was applied already stays as it is.
 */
export async function withdrawLostRoles({ store, clock, log, auth, wake }: LostRoleDeps): Promise<void> {
  for (const approval of await store.approvals.list({ statuses: LIVE_STATUSES, limit: MOST_APPROVALS })) {
    const lost = lostApprovals(approval, await store.approvals.decisions(approval.id), auth);
    if (lost.length === 0) continue;
    const { repo, stackKey: stack } = approval;
    const at = clock.now().toISOString();
    try {
      await store.approvals.withdraw(
        approval.id,
        at,
        {
          choose: (found, decisions) => lostApprovals(found, decisions, auth).map(({ id }) => id),
          statusOf: statusAfter,
        },
        () => lost.map(({ by, digest }) => lostEntry(approval, { by, digest, at })),
      );
      log.warn(
        { repo, stack, by: lost.map(({ by }) => by) },
        'Approvals fell with the role of who gave them',
      );
      await wake(approval);
    } catch (error) {
      log.warn({ err: error, repo, stack }, 'Approvals of people without the role could not be taken back');
    }
  }
}

function lostEntry(
  { repo, stackKey, environment, taskId, commit }: Approval,
  { by, digest, at }: { by: string; digest: string; at: string },
): AuditEntry {
  return {
    at,
    actor: 'plumbline',
    action: 'decision.withdrawn',
    repo,
    stackKey,
    environment,
    taskId,
    commit,
    digest,
    result: 'ok',
    reason: `${by} may not decide on plans there any more.`,
    source: 'config',
    details: { code: 'role_lost', of: by },
  };
}
