import type { Selectable, Transaction } from 'kysely';
import type { StackSync } from '../../domain/eligibility/hold.ts';
import type { SyncRepository } from '../control.ts';
import type { Database } from '../database.ts';
import { storable } from '../failure-columns.ts';
import { utc } from '../times.ts';
import type { Tables } from '../tables.ts';
import type { SyncTable } from './tables.ts';

const MOST_HEALS = 20;

/** What each stack was last synced to, in the database. */
export function createSyncRepository(database: Database): SyncRepository {
  return {
    get: (repo, stackKey) =>
      database.read(async (db) => {
        const row = await db
          .selectFrom('syncs')
          .selectAll()
          .where('repo', '=', repo)
          .where('stack_key', '=', stackKey)
          .executeTakeFirst();
        return row && toSync(row);
      }),
    list: (repo) =>
      database.read(async (db) => {
        const rows = await db
          .selectFrom('syncs')
          .selectAll()
          .where('repo', '=', repo)
          .orderBy('stack_key')
          .execute();
        return rows.map(toSync);
      }),
    put: (sync) =>
      database.write(async (trx) => {
        const { repo, stack_key, ...rest } = syncRow(sync);
        await trx
          .insertInto('syncs')
          .values({ repo, stack_key, ...rest })
          .onConflict((conflict) => conflict.columns(['repo', 'stack_key']).doUpdateSet(rest))
          .execute();
      }),
    seenInSync: (taskId, at) => database.write((trx) => seenInSync(trx, taskId, utc(at))),
  };
}

async function seenInSync(trx: Transaction<Tables>, taskId: string, at: string): Promise<void> {
  await trx
    .insertInto('syncs')
    .columns(['repo', 'stack_key', 'commit', 'digest', 'at', 'attempt_id', 'heals', 'vouched'])
    .expression(
      trx
        .selectFrom('jobs')
        .innerJoin('plans', 'plans.job_id', 'jobs.id')
        .where('jobs.task_id', '=', taskId)
        .where('jobs.outcome', '=', 'in_sync')
        // An apply would do what is ignored, too: it is not what Git says.
        .where('plans.ignored', '=', '[]')
        .select((eb) => [
          'jobs.repo',
          'jobs.stack_key',
          'jobs.commit',
          'plans.digest',
          eb.val(at).as('at'),
          eb.val('').as('attempt_id'),
          eb.val('[]').as('heals'),
          eb.ref('jobs.commit').as('vouched'),
        ]),
    )
    .onConflict((conflict) =>
      conflict
        .columns(['repo', 'stack_key'])
        // What was vouched for stays: that a plan is empty says nothing of code which runs only when something changes.
        .doUpdateSet((eb) => ({
          commit: eb.ref('excluded.commit'),
          digest: eb.ref('excluded.digest'),
          at: eb.ref('excluded.at'),
          attempt_id: eb.ref('excluded.attempt_id'),
          heals: eb.ref('excluded.heals'),
        }))
        .whereRef('syncs.commit', '!=', 'excluded.commit' as never),
    )
    .execute();
}

function syncRow(sync: Omit<StackSync, 'vouched'>): SyncTable {
  return {
    repo: sync.repo,
    stack_key: sync.stackKey,
    commit: sync.commit,
    digest: storable(sync.digest),
    at: utc(sync.at),
    attempt_id: sync.attemptId,
    heals: JSON.stringify(sync.heals.slice(0, MOST_HEALS)),
    vouched: sync.commit,
  };
}

function toSync(row: Selectable<SyncTable>): StackSync {
  return {
    repo: row.repo,
    stackKey: row.stack_key,
    commit: row.commit,
    digest: row.digest,
    at: row.at,
    attemptId: row.attempt_id,
    heals: JSON.parse(row.heals) as string[],
    vouched: row.vouched,
  };
}
