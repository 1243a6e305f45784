import type { Transaction } from 'kysely';
import type { Attempt, Lease } from '../../domain/attempt.ts';
import { entryName } from '../../domain/repo-name.ts';
import { PlumblineError } from '../../util/errors.ts';
import type { NewAttempt, Records } from '../control.ts';
import type { StoreKind } from '../store.ts';
import type { Tables } from '../tables.ts';
import { utc } from '../times.ts';
import { appendAudit } from './append-audit.ts';
import { lockApproval } from './approval-rows.ts';
import { newAttemptRow, toAttempt, toLease } from './attempt-rows.ts';
import { leaseRow } from './lease-row.ts';
import { lockStack } from './stack-lock.ts';

/**
 * Takes the stack's lease, records the attempt, and uses its approval up. The lock on the stack makes one transaction of
 * these at a time; the unique indexes on fence and approval hold even where the lock does not.
 * @throws PlumblineError as `AttemptRepository.begin`
 */
export async function beginAttempt(
  trx: Transaction<Tables>,
  kind: StoreKind,
  attempt: NewAttempt,
  { overUnknown, records }: { overUnknown: boolean; records?: Records<Attempt> | undefined },
): Promise<Attempt> {
  await lockStack(trx, kind, attempt.repo, attempt.stackKey);
  await refuseKnown(trx, attempt.id);
  const fence = await takeLease(trx, attempt, overUnknown);
  if (attempt.approvalId !== null) await useApproval(trx, kind, attempt, attempt.approvalId);
  const row = newAttemptRow(attempt, fence);
  await trx.insertInto('attempts').values(row).execute();
  const begun = toAttempt(row);
  await appendAudit(trx, kind, records?.(begun) ?? []);
  return begun;
}

async function refuseKnown(trx: Transaction<Tables>, id: string): Promise<void> {
  const known = await trx.selectFrom('attempts').select('status').where('id', '=', id).executeTakeFirst();
  if (!known) return;
  throw new PlumblineError(
    'attempt_exists',
    `The attempt ${id} was begun before (${known.status}): it is recovered, never begun again.`,
    { details: { attempt: id, status: known.status } },
  );
}

async function takeLease(
  trx: Transaction<Tables>,
  attempt: NewAttempt,
  overUnknown: boolean,
): Promise<number> {
  const { stackKey } = attempt;
  const repo = entryName(attempt.repo);
  const row = await leaseRow(trx, attempt.repo, stackKey).executeTakeFirst();
  const lease = row && toLease(row);
  if (lease) await refuseHeld(trx, lease, overUnknown);
  const at = utc(attempt.startedAt);
  const fence = (row?.fence ?? 0) + 1;
  const taken = {
    fence,
    attempt_id: attempt.id,
    worker: JSON.stringify(attempt.worker),
    taken_at: at,
    renewed_at: at,
  };
  await trx
    .insertInto('leases')
    .values({ repo, stack_key: stackKey, ...taken })
    .onConflict((conflict) => conflict.columns(['repo', 'stack_key']).doUpdateSet(taken))
    .execute();
  return fence;
}

async function refuseHeld(trx: Transaction<Tables>, lease: Lease, overUnknown: boolean): Promise<void> {
  const holder = await trx
    .selectFrom('attempts')
    .select(['status', 'repo'])
    .where('id', '=', lease.attemptId)
    .executeTakeFirst();
  const unknown = holder?.status === 'unknown';
  if (unknown && overUnknown) return;
  const stack = `${holder?.repo ?? lease.repo}/${lease.stackKey}`;
  const where = `${lease.worker.host} (process ${lease.worker.pid})`;
  throw new PlumblineError(
    'lease_held',
    unknown
      ? `What became of the last attempt on ${stack} is unknown (${lease.attemptId}, ${where}): nothing is changed until that is settled.`
      : `${where} works on ${stack} since ${lease.takenAt} (${lease.attemptId}): wait until it has ended.`,
    { details: { lease, status: holder?.status ?? null } },
  );
}

async function useApproval(
  trx: Transaction<Tables>,
  kind: StoreKind,
  attempt: NewAttempt,
  approvalId: string,
): Promise<void> {
  const approval = await lockApproval(trx, kind, approvalId);
  const details = { approval: approvalId, status: approval.status };
  if (approval.status === 'used') {
    throw new PlumblineError(
      'approval_used',
      `The approval ${approvalId} was used up by the attempt ${approval.attemptId}: one approval permits one attempt.`,
      { details: { ...details, attempt: approval.attemptId } },
    );
  }
  const mine = approval.repo === attempt.repo && approval.stackKey === attempt.stackKey;
  if (approval.status !== 'approved' || !mine || approval.digest !== attempt.digest) {
    const why =
      approval.status !== 'approved'
        ? `it is ${approval.status}`
        : 'it is about another stack or another plan';
    throw new PlumblineError(
      'approval_not_approved',
      `The approval ${approvalId} doesn't permit this: ${why}.`,
      { details },
    );
  }
  if (approval.expiresAt !== null && approval.expiresAt <= utc(attempt.startedAt)) {
    throw new PlumblineError(
      'approval_expired',
      `The approval ${approvalId} expired at ${approval.expiresAt}: the plan has to be presented again.`,
      { details },
    );
  }
  await trx
    .updateTable('approvals')
    .set({ status: 'used', attempt_id: attempt.id })
    .where('id', '=', approvalId)
    .execute();
}
