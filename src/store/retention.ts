import { type Kysely, sql, type Transaction } from 'kysely';
import { inChunks } from './chunks.ts';
import type { Database } from './database.ts';
import type { Tables } from './tables.ts';

const HOUR_MS = 3_600_000;
/** What tools print is for those who watch, and there is a lot of it: of ended tasks it stays for a day. */
const KEEP_LINES_MS = 24 * HOUR_MS;
/** How often content that nothing refers to is offered for removal again, in case the first remover died. */
const OFFER_AGAIN_AFTER_MS = HOUR_MS;
/** What somebody has decided on, or was applied, stays at least this long: more than the year that audits look at. */
const KEEP_EVIDENCE_MS = 400 * 24 * HOUR_MS;
/** For how long it is offered; after that it has surely been removed. */
const OFFER_FOR_MS = 48 * HOUR_MS;

/**
 * Forgets what ended before `before`: at most `limit` jobs and `limit` tasks, and all older events of ended tasks; lines of
 * tools already after a day.
 * Of each known stack its newest job, the job of its newest plan and the job of its present state stay, and so do the
 * tasks that these belong to. So do the jobs of approvals and attempts: for 400 days, and while they are open; and those of
 * backups for good.
 */
export async function forgetBefore(
  database: Database,
  before: string,
  limit: number,
  nowMs: number,
): Promise<{ jobs: number; tasks: number; unreferenced: string[] }> {
  const lines = new Date(nowMs - KEEP_LINES_MS).toISOString();
  await forgetEvents(database, { before, lines: lines > before ? lines : before });
  return database.write(async (trx) => {
    const jobs = await forgettableJobs(trx, before, limit, new Date(nowMs - KEEP_EVIDENCE_MS).toISOString());
    await deleteJobs(trx, jobs, nowMs);
    const tasks = await forgetTasks(trx, before, limit);
    return { jobs: jobs.length, tasks, unreferenced: await offerOrphans(trx, nowMs) };
  });
}

async function forgettableJobs(
  trx: Transaction<Tables>,
  before: string,
  limit: number,
  evidenceFrom: string,
): Promise<string[]> {
  const rows = await trx
    .selectFrom('jobs as j')
    .innerJoin('tasks as t', 't.id', 'j.task_id')
    .where('j.ended_at', '<', before)
    .where('t.ended_at', '<', before)
    .where(sql<boolean>`not exists (
      select 1 from stacks s where s.repo = j.repo and s.key = j.stack_key and (
        s.job_id = j.id
        or j.id = (select n.id from jobs n where n.repo = s.repo and n.stack_key = s.key
                   order by n.created_at desc, n.id desc limit 1)
        or j.id = (select p.job_id from plans p where p.repo = s.repo and p.stack_key = s.key
                   and p.restores is null
                   order by p.created_at desc, p.job_id desc limit 1)))`)
    .where(notEvidence(evidenceFrom))
    .orderBy('j.ended_at')
    .limit(limit)
    .select('j.id')
    .execute();
  return rows.map((row) => row.id);
}

/** The jobs `j` that no backup refers to, and no approval or attempt any more. */
function notEvidence(from: string) {
  return sql<boolean>`not exists (
      select 1 from approvals a where a.job_id = j.id
        and (a.status in ('waiting', 'approved', 'rejected') or a.presented_at >= ${from}))
    and not exists (
      select 1 from attempts x where x.job_id = j.id
        and (x.status in ('started', 'unknown') or x.started_at >= ${from}))
    and not exists (select 1 from backups b where b.job_id = j.id)`;
}

async function deleteJobs(trx: Transaction<Tables>, ids: readonly string[], nowMs: number): Promise<void> {
  await inChunks(ids, async (chunk) => {
    const contents = await trx
      .selectFrom('artifacts')
      .select('digest')
      .distinct()
      .where('job_id', 'in', chunk)
      .execute();
    // Plans, verdicts and artifact rows go with their job (on delete cascade).
    await trx.deleteFrom('jobs').where('id', 'in', chunk).execute();
    const since = new Date(nowMs).toISOString();
    const digests = [...new Set(contents.map(({ digest }) => digest))];
    await inChunks(digests, (some) =>
      trx
        .insertInto('orphans')
        .values(some.map((digest) => ({ digest, since, offered_at: null })))
        .onConflict((conflict) => conflict.column('digest').doUpdateSet({ since, offered_at: null }))
        .execute(),
    );
  });
}

async function forgetTasks(trx: Transaction<Tables>, before: string, limit: number): Promise<number> {
  const rows = await trx
    .selectFrom('tasks as t')
    .where('t.ended_at', '<', before)
    .where(sql<boolean>`not exists (select 1 from jobs j where j.task_id = t.id)`)
    .orderBy('t.ended_at')
    .limit(limit)
    .select('t.id')
    .execute();
  const ids = rows.map((row) => row.id);
  await inChunks(ids, (chunk) => trx.deleteFrom('tasks').where('id', 'in', chunk).execute());
  return ids.length;
}

/** Digests to remove: unreferenced, and not offered within the last hour. Those referenced again are dropped from the list. */
async function offerOrphans(trx: Transaction<Tables>, nowMs: number): Promise<string[]> {
  await trx
    .deleteFrom('orphans')
    .where((eb) =>
      eb.or([
        eb('since', '<', new Date(nowMs - OFFER_FOR_MS).toISOString()),
        eb('digest', 'in', eb.selectFrom('artifacts').select('digest')),
        eb('digest', 'in', eb.selectFrom('backups').select('content as digest')),
      ]),
    )
    .execute();
  const rows = await trx
    .updateTable('orphans')
    .set({ offered_at: new Date(nowMs).toISOString() })
    .where((eb) =>
      eb.or([
        eb('offered_at', 'is', null),
        eb('offered_at', '<', new Date(nowMs - OFFER_AGAIN_AFTER_MS).toISOString()),
      ]),
    )
    .returning('digest')
    .execute();
  return rows.map((row) => row.digest);
}

async function forgetEvents(database: Database, limits: EventLimits): Promise<void> {
  for (;;) {
    const deleted = await database.write((trx) => deleteSomeEvents(trx, limits));
    if (deleted === 0n) return;
  }
}

/** Up to when events are forgotten: all, and those that are lines of tools. */
interface EventLimits {
  before: string;
  lines: string;
}

async function deleteSomeEvents(trx: Kysely<Tables>, { before, lines }: EventLimits): Promise<bigint> {
  const { numDeletedRows } = await trx
    .deleteFrom('events')
    .where('seq', 'in', (eb) =>
      eb
        .selectFrom('events as e')
        .innerJoin('tasks as t', 't.id', 'e.task_id')
        .where('e.at', '<', lines)
        .where((or) => or.or([or('e.at', '<', before), or('e.kind', '=', 'log')]))
        .where('t.ended_at', 'is not', null)
        .select('e.seq')
        .limit(2000),
    )
    .executeTakeFirst();
  return numDeletedRows;
}
