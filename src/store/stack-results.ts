import type { Selectable, Transaction, Updateable } from 'kysely';
import type { StackPlan } from '../domain/plan.ts';
import type { Failure } from '../domain/task.ts';
import { PlumblineError } from '../util/errors.ts';
import { failureColumns } from './failure-columns.ts';
import type { JobTable, StackTable, Tables } from './tables.ts';

interface ResultOf {
  repo: string;
  key: string;
  jobId: string;
  commit: string;
  at: string;
  /** Looked up when it isn't given. */
  job?: Selectable<JobTable>;
}

type StackRow = Selectable<StackTable>;
type StackResult = Updateable<StackTable>;

/** Writes what a plan found into its stack, unless a newer scan has already written. */
export function recordPlan(
  trx: Transaction<Tables>,
  lockRows: boolean,
  of: ResultOf & { plan: StackPlan },
): Promise<void> {
  const { plan } = of;
  return writeResult(trx, lockRows, of, (known) => ({
    status: plan.status,
    drift: plan.drift,
    pending: plan.pending,
    severity: plan.severity,
    drifted_since: hasDrift(plan.status) ? (known.drifted_since ?? of.at) : null,
    digest: plan.digest,
    tool_version: plan.tool.version,
    ...failureColumns(null),
  }));
}

/**
 * Writes that planning failed into the stack, unless a newer scan has already written. `drifted_since` stays as it is:
 * a failure says nothing about whether the drift ended.
 */
export function recordFailure(
  trx: Transaction<Tables>,
  lockRows: boolean,
  of: ResultOf & { outcome: 'errored' | 'unknown'; error: Failure },
): Promise<void> {
  return writeResult(trx, lockRows, of, () => ({
    status: of.outcome,
    drift: 0,
    pending: 0,
    severity: null,
    digest: null,
    ...failureColumns(of.error),
  }));
}

/** Whether a status says that live moved. */
export function hasDrift(status: string): boolean {
  return status === 'drifted' || status === 'drifted_and_pending';
}

async function writeResult(
  trx: Transaction<Tables>,
  lockRows: boolean,
  of: ResultOf,
  result: (known: StackRow) => StackResult,
): Promise<void> {
  const job =
    of.job ?? (await trx.selectFrom('jobs').selectAll().where('id', '=', of.jobId).executeTakeFirst());
  const known = (await stackRow(trx, lockRows, of)) ?? (await insertFromJob(trx, lockRows, of, job));
  // A scan is as old as its job: one that was made earlier but ended later (a lost worker's) is still the older one.
  const order = job?.created_at ?? of.at;
  if (isNewer(known, order, of.at)) return;
  await trx
    .updateTable('stacks')
    .set({
      ...result(known),
      commit: of.commit,
      scanned_at: of.at,
      job_id: of.jobId,
      result_order: order,
    })
    .where('repo', '=', of.repo)
    .where('key', '=', of.key)
    .execute();
}

function isNewer(known: StackRow, order: string, at: string): boolean {
  if (known.result_order === null) return false;
  if (known.result_order !== order) return known.result_order > order;
  return known.scanned_at !== null && known.scanned_at > at;
}

function stackRow(trx: Transaction<Tables>, lockRows: boolean, of: ResultOf): Promise<StackRow | undefined> {
  return trx
    .selectFrom('stacks')
    .selectAll()
    .where('repo', '=', of.repo)
    .where('key', '=', of.key)
    .$if(lockRows, (query) => query.forUpdate())
    .executeTakeFirst();
}

async function insertFromJob(
  trx: Transaction<Tables>,
  lockRows: boolean,
  of: ResultOf,
  job: { path: string; kind: string; workspace: string } | undefined,
): Promise<StackRow> {
  if (job) {
    const { path, kind, workspace } = job;
    await trx
      .insertInto('stacks')
      .values({
        repo: of.repo,
        key: of.key,
        path,
        kind,
        workspace,
        depends_on: '[]',
        status: 'unknown',
        drift: 0,
        pending: 0,
      })
      .onConflict((conflict) => conflict.columns(['repo', 'key']).doNothing())
      .execute();
  }
  const row = await stackRow(trx, lockRows, of);
  if (row) return row;
  throw new PlumblineError('stack_not_found', `There is no stack ${of.key} in repo ${of.repo}.`, {
    details: { repo: of.repo, stack: of.key },
  });
}
