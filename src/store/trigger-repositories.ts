import type { Selectable } from 'kysely';
import type { Database } from './database.ts';
import { failureColumns, failureOf } from './failure-columns.ts';
import type { PollTable, WatchTable } from './tables.ts';
import { utc } from './times.ts';
import type { GitPoll, KeptWatch, PollRepository, TriggerStore, WatchRepository } from './triggers.ts';

/** What starts tasks by itself, in the database. */
export function createTriggerStore(database: Database): TriggerStore {
  return { polls: createPolls(database), watches: createWatches(database) };
}

function createPolls(database: Database): PollRepository {
  const put = async ({ repo, ...rest }: PollTable): Promise<void> =>
    await database.write(async (trx) => {
      await trx
        .insertInto('polls')
        .values({ repo, ...rest })
        .onConflict((conflict) => conflict.column('repo').doUpdateSet(rest))
        .execute();
    });
  const row = (repo: string) =>
    database.read((db) => db.selectFrom('polls').selectAll().where('repo', '=', repo).executeTakeFirst());
  return {
    get: async (repo) => {
      const found = await row(repo);
      return found && toPoll(found);
    },
    list: async () => {
      const rows = await database.read((db) => db.selectFrom('polls').selectAll().orderBy('repo').execute());
      return rows.map(toPoll);
    },
    reached: async (repo, commit, at) => {
      const now = utc(at);
      const heard = { asked_at: now, reached_at: now, failing_since: null };
      await put({ repo, commit, ...heard, ...failureColumns(null) });
    },
    failed: async (repo, error, at) => {
      const before = await row(repo);
      await put({
        repo,
        commit: before?.commit ?? null,
        asked_at: utc(at),
        reached_at: before?.reached_at ?? null,
        failing_since: before?.failing_since ?? utc(at),
        ...failureColumns(error),
      });
    },
  };
}

function createWatches(database: Database): WatchRepository {
  return {
    keep: ({ target, worker, stacks, aliveAt, error }, lease) =>
      database.write(async (trx) => {
        const at = utc(lease.at);
        const said = {
          stacks,
          alive_at: aliveAt === null ? null : utc(aliveAt),
          ...failureColumns(error),
          expires_at: utc(lease.until),
        };
        const kept = await trx
          .updateTable('watches')
          .set(said)
          .where('target', '=', target)
          .where('worker', '=', worker)
          .executeTakeFirst();
        if (kept.numUpdatedRows > 0n) return true;
        const taken = await trx
          .insertInto('watches')
          .values({ target, worker, since: at, ...said })
          .onConflict((conflict) =>
            conflict
              .column('target')
              .doUpdateSet({ worker, since: at, ...said })
              .where('watches.expires_at', '<', at),
          )
          .executeTakeFirst();
        return (taken.numInsertedOrUpdatedRows ?? 0n) > 0n;
      }),
    release: (target, worker) =>
      database.write(async (trx) => {
        await trx.deleteFrom('watches').where('target', '=', target).where('worker', '=', worker).execute();
      }),
    list: async () => {
      const rows = await database.read((db) =>
        db.selectFrom('watches').selectAll().orderBy('target').execute(),
      );
      return rows.map(toWatch);
    },
  };
}

function toPoll(row: Selectable<PollTable>): GitPoll {
  return {
    repo: row.repo,
    commit: row.commit,
    askedAt: row.asked_at,
    reachedAt: row.reached_at,
    failingSince: row.failing_since,
    error: failureOf(row),
  };
}

function toWatch(row: Selectable<WatchTable>): KeptWatch {
  return {
    target: row.target,
    worker: row.worker,
    stacks: row.stacks,
    aliveAt: row.alive_at,
    error: failureOf(row),
    since: row.since,
    expiresAt: row.expires_at,
  };
}
