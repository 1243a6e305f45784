import type { Selectable, Transaction, Updateable } from 'kysely';
import { incompletePlan } from '../domain/incomplete-plan.ts';
import type { StackPlan } from '../domain/plan.ts';
import type { StackStatus } from '../domain/stack.ts';
import { stackStatus } from '../domain/status.ts';
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

/**
 * Writes what a plan found into its stack, unless a newer scan has already written. The plan of a repair, made at an older
 * commit than its task's, says nothing of what Git wants by now: what is known of that stays.
 */
export async function recordPlan(
  trx: Transaction<Tables>,
  lockRows: boolean,
  of: ResultOf & { plan: StackPlan },
): Promise<void> {
  const { plan } = of;
  const repair = await isOfOlderCommit(trx, of.jobId);
  await writeResult(trx, lockRows, of, (known) => ({
    ...(repair ? besidesPending(plan, known) : { status: plan.status, pending: plan.pending }),
    drift: plan.drift,
    severity: plan.severity ?? (repair && known.pending > 0 ? known.severity : null),
    drifted_since: hasDrift(plan.status) ? (known.drifted_since ?? of.at) : null,
    digest: plan.digest,
    tool_version: plan.tool.version,
    ...failureColumns(incompletePlan(plan.basis?.problems)),
  }));
}

/**
 * Writes that the plan of this job was applied and another found what `status` says; nothing when a newer scan has written.
 * What Git wants beyond the commit of a repair is as pending as before.
 */
export async function recordApplied(
  trx: Transaction<Tables>,
  { repo, key, jobId, status }: { repo: string; key: string; jobId: string; status: StackStatus },
): Promise<void> {
  const known = await stackRow(trx, false, { repo, key });
  const pending = known !== undefined && (await isOfOlderCommit(trx, jobId)) ? known.pending : 0;
  await trx
    .updateTable('stacks')
    .set({
      status: pending > 0 ? stackStatus(0, pending) : status,
      drift: 0,
      pending,
      severity: pending > 0 ? known!.severity : null,
      drifted_since: null,
      ...failureColumns(null),
    })
    .where('repo', '=', repo)
    .where('key', '=', key)
    .where('job_id', '=', jobId)
    .execute();
}

function besidesPending(
  { status, drift }: StackPlan,
  { pending }: StackRow,
): Pick<StackRow, 'status' | 'pending'> {
  return { status: status === 'errored' ? status : stackStatus(drift, pending), pending };
}

/** Whether a job was planned at another commit than the one that its task found newest. */
async function isOfOlderCommit(trx: Transaction<Tables>, jobId: string): Promise<boolean> {
  const found = await trx
    .selectFrom('jobs')
    .innerJoin('tasks', 'tasks.id', 'jobs.task_id')
    .where('jobs.id', '=', jobId)
    .where('tasks.kind', '=', 'reconcile')
    .whereRef('jobs.commit', '<>', 'tasks.commit')
    .select('jobs.id')
    .executeTakeFirst();
  return found !== undefined;
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

function stackRow(
  trx: Transaction<Tables>,
  lockRows: boolean,
  of: Pick<ResultOf, 'repo' | 'key'>,
): Promise<StackRow | undefined> {
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
