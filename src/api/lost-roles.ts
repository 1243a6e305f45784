import { type Approval, LIVE_STATUSES, MOST_APPROVALS } from '../domain/approvals/approval.ts';
import { lostApprovals } from '../domain/approvals/lost-role.ts';
import { statusAfter } from '../domain/approvals/rules.ts';
import type { AuditEntry } from '../domain/audit/record.ts';
import type { AuthSettings } from '../domain/settings.ts';
import type { ApiDeps } from './deps.ts';

/** What `withdrawLostRoles` needs. */
interface LostRoleDeps extends Pick<ApiDeps, 'store' | 'clock' | 'log'> {
  auth: AuthSettings;
  /** Lets the approval look at itself again. */
  wake: (approval: Approval) => Promise<void>;
}

/**
 * Takes back, in their name, what people have approved who may not decide any more by the config, and writes it down. To be called with
 * every config that is loaded; safe to run again. What was applied already stays as it is. All are taken back before the first is
 * woken, which takes its time while Temporal does not answer.
 */
export async function withdrawLostRoles(deps: LostRoleDeps): Promise<void> {
  const { store, log, wake } = deps;
  const fallen: Approval[] = [];
  for (const approval of await store.approvals.list({ statuses: LIVE_STATUSES, limit: MOST_APPROVALS })) {
    const { repo, stackKey: stack } = approval;
    try {
      if (await withdrawLost(deps, approval)) fallen.push(approval);
    } catch (error) {
      log.warn({ err: error, repo, stack }, 'Approvals of people without the role could not be taken back');
    }
  }
  for (const approval of fallen) {
    const { repo, stackKey: stack } = approval;
    try {
      await wake(approval);
    } catch (error) {
      log.warn({ err: error, repo, stack }, 'An approval could not be told what has fallen');
    }
  }
}

/** @returns whether there were any */
async function withdrawLost({ store, clock, log, auth }: LostRoleDeps, approval: Approval): Promise<boolean> {
  const lost = lostApprovals(approval, await store.approvals.decisions(approval.id), auth);
  if (lost.length === 0) return false;
  const { repo, stackKey: stack } = approval;
  const at = clock.now().toISOString();
  await store.approvals.withdraw(
    approval.id,
    at,
    {
      choose: (found, decisions) => lostApprovals(found, decisions, auth).map(({ id }) => id),
      statusOf: statusAfter,
    },
    () => lost.map(({ by, digest }) => lostEntry(approval, { by, digest, at })),
  );
  log.warn({ repo, stack, by: lost.map(({ by }) => by) }, 'Approvals fell with the role of who gave them');
  return true;
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
