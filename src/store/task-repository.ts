import type { Kysely, Selectable, Transaction } from 'kysely';
import type { Failure, Task, TaskCounts, TaskStatus } from '../domain/task.ts';
import { PlumblineError } from '../util/errors.ts';
import { inChunks } from './chunks.ts';
import { appendAudit } from './control/append-audit.ts';
import type { Records } from './control.ts';
import type { Database } from './database.ts';
import { failUnfinishedJobs } from './fail-unfinished-jobs.ts';
import { failureColumns, failureOf } from './failure-columns.ts';
import { isKnownCommit } from './known-commits.ts';
import { latestByRepo } from './latest-by-repo.ts';
import type { EndedTaskStatus, NewTask, StoreKind, TaskRepository } from './store.ts';
import type { JobTable, Tables, TaskTable } from './tables.ts';
import { countJobs } from './task-counts.ts';
import { utc } from './times.ts';
import { unusedVouchers } from './unused-vouchers.ts';

type TaskRow = Selectable<TaskTable>;

const UNENDED: readonly TaskStatus[] = ['queued', 'running'];

/** Tasks in the database. */
export function createTaskRepository(database: Database): TaskRepository {
  const lockRows = database.kind === 'postgres';
  const one = (query: (db: Kysely<Tables>) => Promise<TaskRow | undefined>) =>
    database.read(async (db) => {
      const row = await query(db);
      return row && (await toTasks(db, [row]))[0];
    });
  return {
    queue: (task) => database.write(async (trx) => (await insert(trx, task, 'queued')).task),
    begin: (task, records) =>
      database.write(async (trx) => {
        const { begun, changed } = await begin(trx, task);
        if (changed) await appendAudit(trx, database.kind, records?.(begun) ?? []);
        return begun;
      }),
    discovered: (...given) => database.write((trx) => discovered(trx, lockRows, given)),
    finish: (id, result, at, records) =>
      database.write((trx) => finish(trx, database.kind, { id, result, at: utc(at), records })),
    failQueued: (id, error, at) =>
      database.write((trx) => failQueued(trx, database.kind, { id, error, at: utc(at) })),
    requestCancel: (id, at) => database.write((trx) => requestCancel(trx, id, utc(at))),
    cancelRequested: () =>
      database.read(async (db) => {
        const rows = await running(db).where('cancel_requested_at', 'is not', null).select('id').execute();
        return rows.map((row) => row.id);
      }),
    get: (id) => one((db) => db.selectFrom('tasks').selectAll().where('id', '=', id).executeTakeFirst()),
    active: (repo) =>
      one((db) =>
        running(db)
          .selectAll()
          .where('repo', '=', repo)
          .orderBy('started_at', 'desc')
          .limit(1)
          .executeTakeFirst(),
      ),
    running: () => database.read((db) => withStatus(db, 'running')),
    queued: () => database.read((db) => withStatus(db, 'queued')),
    list: ({ repo, limit, before }) =>
      database.read(async (db) => {
        let query = db.selectFrom('tasks').selectAll();
        if (repo !== undefined) query = query.where('repo', '=', repo);
        if (before !== undefined) query = query.where('started_at', '<', utc(before));
        return toTasks(
          db,
          await query.orderBy('started_at', 'desc').orderBy('id', 'desc').limit(limit).execute(),
        );
      }),
    latestByRepo: () => database.read(async (db) => toTasks(db, await latestByRepo(db))),
    hasCommit: (repo, commit) => database.read((db) => isKnownCommit(db, repo, commit)),
  };
}

function running(db: Kysely<Tables>) {
  return db.selectFrom('tasks').where('status', '=', 'running');
}

async function requestCancel(trx: Transaction<Tables>, id: string, at: string): Promise<void> {
  await trx
    .updateTable('tasks')
    .set({ cancel_requested_at: at })
    .where('id', '=', id)
    .where('status', 'in', UNENDED)
    .where('cancel_requested_at', 'is', null)
    .execute();
}

async function withStatus(db: Kysely<Tables>, status: TaskStatus): Promise<Task[]> {
  const rows = db.selectFrom('tasks').selectAll().where('status', '=', status).orderBy('started_at');
  return toTasks(db, await rows.execute());
}

async function begin(trx: Transaction<Tables>, task: NewTask): Promise<{ begun: Task; changed: boolean }> {
  const vouchers = await unusedVouchers(trx, task);
  const { numUpdatedRows } = await trx
    .updateTable('tasks')
    .set({
      status: 'running',
      config_version: task.configVersion,
      workflow_id: task.workflowId,
      run_id: task.runId,
      started_at: utc(task.startedAt),
      vouchers,
    })
    .where('id', '=', task.id)
    .where('status', '=', 'queued')
    .executeTakeFirst();
  if (numUpdatedRows > 0n) return { begun: await existingTask(trx, task.id), changed: true };
  const { task: begun, inserted } = await insert(trx, task, 'running', vouchers);
  return { begun, changed: inserted };
}

async function insert(
  trx: Transaction<Tables>,
  task: NewTask,
  status: 'queued' | 'running',
  vouchers: string | null = null,
): Promise<{ task: Task; inserted: boolean }> {
  const { numInsertedOrUpdatedRows } = await trx
    .insertInto('tasks')
    .values({
      id: task.id,
      repo: task.repo,
      kind: task.kind,
      status,
      trigger: task.trigger,
      first_trigger: task.firstTrigger ?? null,
      commit: '',
      actor: task.actor,
      vouchers,
      stack_key: task.stackKey,
      config_version: task.configVersion,
      workflow_id: task.workflowId,
      run_id: task.runId,
      started_at: utc(task.startedAt),
    })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .executeTakeFirst();
  return { task: await existingTask(trx, task.id), inserted: (numInsertedOrUpdatedRows ?? 0n) > 0n };
}

async function discovered(
  trx: Transaction<Tables>,
  lockRows: boolean,
  [id, commit, jobs, when, { aside } = { aside: false }]: Parameters<TaskRepository['discovered']>,
): Promise<void> {
  const at = utc(when);
  const task = await lockTask(trx, lockRows, id);
  if (task.discovered_at !== null) return;
  if (task.status !== 'running') {
    throw new PlumblineError('task_ended', `Task ${id} is not running (${task.status}): it takes no jobs.`);
  }
  const rows = jobs.map(({ id: jobId, stack, queue, commit: own }, ordinal): JobTable => ({
    id: jobId,
    task_id: id,
    repo: task.repo,
    stack_key: stack.key,
    path: stack.path,
    kind: stack.kind,
    workspace: stack.workspace,
    ordinal,
    status: 'pending',
    attempts: 0,
    queue,
    commit: own ?? commit,
    created_at: at,
    started_at: null,
    ended_at: null,
    outcome: null,
    drift: 0,
    pending: 0,
    severity: null,
    digest: null,
    worker: null,
    error_code: null,
    error_message: null,
  }));
  await inChunks(rows, (chunk) => trx.insertInto('jobs').values(chunk).execute());
  await trx
    .updateTable('tasks')
    .set({ commit, aside: aside ? 1 : null, discovered_at: at })
    .where('id', '=', id)
    .execute();
}

interface Finishing {
  id: string;
  result: { status: EndedTaskStatus; error: Failure | null };
  at: string;
  records: Records<Task> | undefined;
}

async function finish(
  trx: Transaction<Tables>,
  kind: StoreKind,
  { id, result, at, records }: Finishing,
): Promise<Task> {
  const task = await lockTask(trx, kind === 'postgres', id);
  if (!UNENDED.includes(task.status)) return existingTask(trx, id);
  const reason = result.error ?? { code: 'internal', message: 'The task ended before this job did.' };
  await failUnfinishedJobs(trx, kind === 'postgres', { taskId: id, error: reason, at });
  const counts = (await countJobs(trx, [id])).get(id);
  await trx
    .updateTable('tasks')
    .set({
      status: result.status,
      ended_at: at,
      counts: JSON.stringify(counts),
      ...failureColumns(result.error),
    })
    .where('id', '=', id)
    .execute();
  const ended = await existingTask(trx, id);
  await appendAudit(trx, kind, records?.(ended) ?? []);
  return ended;
}

async function failQueued(
  trx: Transaction<Tables>,
  kind: StoreKind,
  { id, error, at }: { id: string; error: Failure; at: string },
): Promise<Task> {
  const task = await lockTask(trx, kind === 'postgres', id);
  if (task.status !== 'queued') return existingTask(trx, id);
  return finish(trx, kind, { id, result: { status: 'failed', error }, at, records: undefined });
}

async function lockTask(trx: Transaction<Tables>, lockRows: boolean, id: string): Promise<TaskRow> {
  const row = await trx
    .selectFrom('tasks')
    .selectAll()
    .where('id', '=', id)
    .$if(lockRows, (query) => query.forUpdate())
    .executeTakeFirst();
  if (!row) throw taskNotFound(id);
  return row;
}

async function existingTask(db: Kysely<Tables>, id: string): Promise<Task> {
  const row = await db.selectFrom('tasks').selectAll().where('id', '=', id).executeTakeFirst();
  const task = row && (await toTasks(db, [row]))[0];
  if (!task) throw taskNotFound(id);
  return task;
}

function taskNotFound(id: string): PlumblineError {
  return new PlumblineError('task_not_found', `There is no task ${id}.`, { details: { task: id } });
}

async function toTasks(db: Kysely<Tables>, rows: TaskRow[]): Promise<Task[]> {
  const live = await countJobs(
    db,
    rows.filter((row) => row.counts === null).map((row) => row.id),
  );
  return rows.map((row) => ({
    id: row.id,
    repo: row.repo,
    kind: row.kind,
    status: row.status,
    trigger: row.trigger,
    ...(row.first_trigger === null ? {} : { firstTrigger: row.first_trigger }),
    commit: row.commit,
    ...(row.aside ? { aside: true } : {}),
    actor: row.actor,
    ...(row.vouchers === null ? {} : { vouched: row.vouchers !== '' }),
    stackKey: row.stack_key,
    configVersion: row.config_version,
    workflowId: row.workflow_id,
    runId: row.run_id,
    counts: row.counts === null ? live.get(row.id)! : (JSON.parse(row.counts) as TaskCounts),
    discoveredAt: row.discovered_at,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    cancelRequestedAt: row.cancel_requested_at,
    error: failureOf(row),
  }));
}
