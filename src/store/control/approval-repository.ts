import type { Kysely, Selectable, Transaction } from 'kysely';
import {
  type Approval,
  type ApprovalStatus,
  type Decision,
  isLive,
  LIVE_STATUSES,
} from '../../domain/approvals/approval.ts';
import { isExpired } from '../../domain/approvals/rules.ts';
import { withStakes } from '../../domain/approvals/stakes.ts';
import { canonicalJson } from '../../domain/canonical-json.ts';
import type { JsonValue } from '../../domain/json.ts';
import { PlumblineError } from '../../util/errors.ts';
import type { ApprovalRepository, Decided, Presented, Records, StatusOf } from '../control.ts';
import type { Database } from '../database.ts';
import type { StoreKind } from '../store.ts';
import type { Tables } from '../tables.ts';
import { utc } from '../times.ts';
import { appendAudit } from './append-audit.ts';
import { approvalRow, decisionRow, decisionsOf, lockApproval, toApproval } from './approval-rows.ts';
import { lockStack } from './stack-lock.ts';
import type { ApprovalTable } from './tables.ts';

/** Statuses in which an approval stands for its stack's present plan. */

/** Approvals and decisions in the database. */
export function createApprovalRepository(database: Database): ApprovalRepository {
  const one = async (query: (db: Kysely<Tables>) => Promise<Selectable<ApprovalTable> | undefined>) => {
    const row = await database.read(query);
    return row && toApproval(row);
  };
  return {
    present: (approval, at, statusOf, records, outdated = () => false) =>
      database.write((trx) =>
        present(trx, database.kind, { approval, at: utc(at), statusOf, records, outdated }),
      ),
    get: (id) => one((db) => db.selectFrom('approvals').selectAll().where('id', '=', id).executeTakeFirst()),
    latest: (repo, stackKey) =>
      one((db) =>
        db
          .selectFrom('approvals')
          .selectAll()
          .where('repo', '=', repo)
          .where('stack_key', '=', stackKey)
          .orderBy('presented_at', 'desc')
          .orderBy('id', 'desc')
          .limit(1)
          .executeTakeFirst(),
      ),
    list: (query) =>
      // PostgreSQL takes no empty list of values.
      query.statuses?.length === 0
        ? Promise.resolve([])
        : database.read(async (db) => (await listed(db, query)).map(toApproval)),
    decisions: (approvalId) => database.read((db) => decisionsOf(db, approvalId)),
    decide: (decision, check, records) =>
      database.write((trx) => decide(trx, database.kind, { decision, check, records })),
    withdraw: (approvalId, at, how, records) =>
      database.write((trx) => withdraw(trx, database.kind, { approvalId, at: utc(at), how, records })),
    remind: (id, choose, records) =>
      database.write(async (trx) => {
        const approval = await lockApproval(trx, database.kind, id);
        const due = choose(approval);
        if (due === undefined) return undefined;
        await change(trx, approval, { reminders: due.reminders });
        await appendAudit(trx, database.kind, records?.(due) ?? []);
        return due;
      }),
    end: (id, status, at, records) =>
      database.write(async (trx) => {
        const approval = await lockApproval(trx, database.kind, id);
        if (!isLive(approval)) return approval;
        const ended = await change(trx, approval, { status, decidedAt: approval.decidedAt ?? utc(at) });
        await appendAudit(trx, database.kind, records?.(ended) ?? []);
        return ended;
      }),
  };
}

function listed(db: Kysely<Tables>, query: Parameters<ApprovalRepository['list']>[0]) {
  let rows = db.selectFrom('approvals').selectAll();
  if (query.repo !== undefined) rows = rows.where('repo', '=', query.repo);
  if (query.environment !== undefined) rows = rows.where('environment', '=', query.environment);
  if (query.statuses) rows = rows.where('status', 'in', query.statuses);
  return rows.orderBy('presented_at', 'desc').orderBy('id', 'desc').limit(query.limit).execute();
}

async function present(
  trx: Transaction<Tables>,
  kind: StoreKind,
  given: {
    approval: Approval;
    at: string;
    statusOf: StatusOf | undefined;
    records: Records<Presented> | undefined;
    outdated: (live: Approval) => boolean;
  },
): Promise<Presented> {
  const { approval, at, statusOf, records, outdated } = given;
  await lockStack(trx, kind, approval.repo, approval.stackKey);
  const found = await liveApproval(trx, kind, approval.repo, approval.stackKey);
  const over = found && found.id !== approval.id && isExpired(found, new Date(at)) ? found : undefined;
  const live = over ? undefined : found;
  if (live?.digest === approval.digest && !(live.id !== approval.id && outdated(live))) {
    const again = await presentAgain(trx, live, approval, at, statusOf);
    return { approval: again, dismissed: null, expired: null };
  }
  const known = await trx
    .selectFrom('approvals')
    .selectAll()
    .where('id', '=', approval.id)
    .executeTakeFirst();
  // The same call again, after something else has happened to it.
  if (known) return { approval: toApproval(known), dismissed: null, expired: null };
  const expired = over ? await change(trx, over, { status: 'expired' }) : null;
  const dismissed = live ? await change(trx, live, { status: 'dismissed' }) : null;
  const presented: Approval = {
    ...approval,
    status: 'waiting',
    presentedAt: at,
    decidedAt: null,
    attemptId: null,
    replaces: live ? replaced(live, approval) : approval.replaces,
  };
  const row = approvalRow(presented);
  await trx.insertInto('approvals').values(row).execute();
  const done = { approval: toApproval(row), dismissed, expired };
  await appendAudit(trx, kind, records?.(done) ?? []);
  return done;
}

/** What moved is known to the caller, and whose place was taken is known only here. */
function replaced(live: Approval, next: Approval): Approval['replaces'] {
  return { id: live.id, digest: live.digest, moved: next.replaces?.moved ?? [] };
}

/** The same plan again: its decisions stand, unless more is required by now, or somebody has to do with it who had not. */
async function presentAgain(
  trx: Transaction<Tables>,
  live: Approval,
  again: Approval,
  at: string,
  statusOf: StatusOf | undefined,
): Promise<Approval> {
  const next: Approval = { ...withStakes(live, again), taskId: again.taskId, jobId: again.jobId };
  const same = (a: unknown, b: unknown) => canonicalJson(a as JsonValue) === canonicalJson(b as JsonValue);
  const required = !same(live.requirement, again.requirement);
  if (required) Object.assign(next, { requirement: again.requirement, reasons: again.reasons });
  const stakes = ({ authors, others = [] }: Approval) => [authors, others];
  if (required || !same(stakes(live), stakes(next))) {
    const decisions = await decisionsOf(trx, live.id);
    next.status = statusOf?.(next, decisions) ?? (live.status === 'approved' ? 'waiting' : live.status);
    next.decidedAt = decidedAt(live, next.status, at);
  }
  return change(trx, live, next);
}

async function liveApproval(
  trx: Transaction<Tables>,
  kind: StoreKind,
  repo: string,
  stackKey: string,
): Promise<Approval | undefined> {
  const row = await trx
    .selectFrom('approvals')
    .selectAll()
    .where('repo', '=', repo)
    .where('stack_key', '=', stackKey)
    .where('status', 'in', LIVE_STATUSES)
    .$if(kind === 'postgres', (query) => query.forUpdate())
    .executeTakeFirst();
  return row && toApproval(row);
}

async function decide(
  trx: Transaction<Tables>,
  kind: StoreKind,
  given: {
    decision: Decision;
    check: Parameters<ApprovalRepository['decide']>[1];
    records: Records<Decided> | undefined;
  },
): Promise<Decided> {
  const { decision, check, records } = given;
  const approval = await lockApproval(trx, kind, decision.approvalId);
  const decisions = await decisionsOf(trx, approval.id);
  if (decisions.some((known) => known.id === decision.id)) return { approval, decisions };
  const { status } = check(approval, decisions);
  await trx
    .insertInto('decisions')
    .values(decisionRow(decision, decisions.length + 1))
    .execute();
  const next = { status, decidedAt: decidedAt(approval, status, utc(decision.at)) };
  const done = {
    approval: await change(trx, approval, next),
    decisions: await decisionsOf(trx, approval.id),
  };
  await appendAudit(trx, kind, records?.(done) ?? []);
  return done;
}

async function withdraw(
  trx: Transaction<Tables>,
  kind: StoreKind,
  given: {
    approvalId: string;
    at: string;
    how: Parameters<ApprovalRepository['withdraw']>[2];
    records: Records<Approval> | undefined;
  },
): Promise<Approval> {
  const { approvalId, at, how, records } = given;
  const approval = await lockApproval(trx, kind, approvalId);
  const words = await decisionsOf(trx, approvalId);
  // The caller's own reason to refuse comes first: it says more, and is kept on record.
  const chosen = how.choose(approval, words);
  if (!isLive(approval)) {
    throw new PlumblineError(
      'approval_ended',
      `The approval of ${approval.repo}/${approval.stackKey} has ended (${approval.status}): no decision can be taken back.`,
      { details: { approval: approvalId, status: approval.status } },
    );
  }
  const ids = words.flatMap(({ id, withdrawnAt }) =>
    withdrawnAt === null && chosen.includes(id) ? [id] : [],
  );
  if (ids.length === 0) return approval;
  await trx
    .updateTable('decisions')
    .set({ withdrawn_at: at })
    .where('approval_id', '=', approvalId)
    .where('id', 'in', ids)
    .execute();
  const status = how.statusOf(approval, await decisionsOf(trx, approvalId));
  const done = await change(trx, approval, { status, decidedAt: decidedAt(approval, status, at) });
  await appendAudit(trx, kind, records?.(done) ?? []);
  return done;
}

/** When the present status was reached; nothing is decided while people are waited for. */
function decidedAt(before: Approval, status: ApprovalStatus, at: string): string | null {
  if (status === 'waiting') return null;
  return status === before.status ? before.decidedAt : at;
}

async function change(
  trx: Transaction<Tables>,
  before: Approval,
  changes: Partial<Approval>,
): Promise<Approval> {
  const { id, ...row } = approvalRow({ ...before, ...changes });
  await trx.updateTable('approvals').set(row).where('id', '=', id).execute();
  return toApproval({ id, ...row });
}
