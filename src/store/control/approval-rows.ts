import type { Kysely, Selectable, Transaction } from 'kysely';
import type { Approval, Decision, OtherStake, Reminders } from '../../domain/approvals/approval.ts';
import { PlumblineError } from '../../util/errors.ts';
import { storable } from '../failure-columns.ts';
import type { StoreKind } from '../store.ts';
import type { Tables } from '../tables.ts';
import { utc } from '../times.ts';
import type { ApprovalTable, DecisionTable } from './tables.ts';

/**
 * The approval as it is now; nobody else changes it before this transaction ends.
 * @throws PlumblineError `approval_not_found`
 */
export async function lockApproval(trx: Transaction<Tables>, kind: StoreKind, id: string): Promise<Approval> {
  const row = await trx
    .selectFrom('approvals')
    .selectAll()
    .where('id', '=', id)
    .$if(kind === 'postgres', (query) => query.forUpdate())
    .executeTakeFirst();
  if (row) return toApproval(row);
  throw new PlumblineError('approval_not_found', `There is no approval ${id}.`, {
    details: { approval: id },
  });
}

/** The decisions about an approval, in the order in which they were taken. */
export async function decisionsOf(db: Kysely<Tables>, approvalId: string): Promise<Decision[]> {
  const rows = await db
    .selectFrom('decisions')
    .selectAll()
    .where('approval_id', '=', approvalId)
    .orderBy('ordinal')
    .execute();
  return rows.map(toDecision);
}

/** An approval as columns. */
export function approvalRow(approval: Approval): ApprovalTable {
  return {
    id: approval.id,
    repo: approval.repo,
    stack_key: approval.stackKey,
    environment: approval.environment,
    task_id: approval.taskId,
    job_id: approval.jobId,
    commit: approval.commit,
    digest: storable(approval.digest),
    status: approval.status,
    severity: approval.severity,
    actions: JSON.stringify(approval.actions),
    requirement: JSON.stringify(approval.requirement),
    reasons: JSON.stringify(approval.reasons),
    authors: JSON.stringify(approval.authors),
    pusher: approval.pusher === null ? null : storable(approval.pusher),
    started_by: storable(approval.startedBy),
    others: approval.others?.length ? storable(JSON.stringify(approval.others)) : null,
    detected_at: utc(approval.detectedAt),
    presented_at: utc(approval.presentedAt),
    expires_at: approval.expiresAt === null ? null : utc(approval.expiresAt),
    decided_at: approval.decidedAt === null ? null : utc(approval.decidedAt),
    replaces: approval.replaces === null ? null : JSON.stringify(approval.replaces),
    attempt_id: approval.attemptId,
    reminders: approval.reminders ? storable(JSON.stringify(approval.reminders)) : null,
  };
}

/** The approval that columns hold. */
export function toApproval(row: Selectable<ApprovalTable>): Approval {
  return {
    id: row.id,
    repo: row.repo,
    stackKey: row.stack_key,
    environment: row.environment,
    taskId: row.task_id,
    jobId: row.job_id,
    commit: row.commit,
    digest: row.digest,
    status: row.status,
    severity: row.severity,
    actions: JSON.parse(row.actions) as Approval['actions'],
    requirement: JSON.parse(row.requirement) as Approval['requirement'],
    reasons: JSON.parse(row.reasons) as string[],
    authors: JSON.parse(row.authors) as string[],
    pusher: row.pusher,
    startedBy: row.started_by,
    ...(row.others === null ? {} : { others: JSON.parse(row.others) as OtherStake[] }),
    detectedAt: row.detected_at,
    presentedAt: row.presented_at,
    expiresAt: row.expires_at,
    decidedAt: row.decided_at,
    replaces: row.replaces === null ? null : (JSON.parse(row.replaces) as Approval['replaces']),
    attemptId: row.attempt_id,
    ...(row.reminders === null ? {} : { reminders: JSON.parse(row.reminders) as Reminders }),
  };
}

/** A decision as columns; `ordinal` from 1 within its approval. */
export function decisionRow(decision: Decision, ordinal: number): DecisionTable {
  return {
    id: decision.id,
    approval_id: decision.approvalId,
    ordinal,
    repo: decision.repo,
    stack_key: decision.stackKey,
    digest: storable(decision.digest),
    kind: decision.kind,
    by: storable(decision.by),
    teams: JSON.stringify(decision.teams),
    aliases: JSON.stringify(decision.aliases),
    reason: storable(decision.reason),
    // As it was signed: another spelling of the same time would make the signature false.
    at: decision.signature === null ? utc(decision.at) : decision.at,
    via: decision.via,
    signature: decision.signature,
    withdrawn_at: decision.withdrawnAt === null ? null : utc(decision.withdrawnAt),
  };
}

function toDecision(row: Selectable<DecisionTable>): Decision {
  return {
    id: row.id,
    approvalId: row.approval_id,
    repo: row.repo,
    stackKey: row.stack_key,
    digest: row.digest,
    kind: row.kind,
    by: row.by,
    teams: JSON.parse(row.teams) as string[],
    aliases: JSON.parse(row.aliases) as string[],
    reason: row.reason,
    at: row.at,
    via: row.via,
    signature: row.signature,
    withdrawnAt: row.withdrawn_at,
  };
}
