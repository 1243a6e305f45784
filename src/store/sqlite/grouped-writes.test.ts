import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PlumblineError } from '../../util/errors.ts';
import type { Database } from '../database.ts';
import { openSqlite } from './open-sqlite.ts';

let folder: string;
let database: Database;
/** Somebody else, who sees only what is committed. */
let other: DatabaseSync;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plumbline-writes-'));
  database = await openSqlite(join(folder, 'store.db'));
  await database.write((trx) => sql`create table notes (id integer primary key, text text)`.execute(trx));
  other = new DatabaseSync(join(folder, 'store.db'));
});
afterEach(async () => {
  other.close();
  await database.close();
  await rm(folder, { recursive: true, force: true });
});

const seen = () =>
  other
    .prepare('select id from notes order by id')
    .all()
    .map(({ id }) => id);
const commits = () => other.prepare('pragma data_version').get()!['data_version'] as number;
const note = (id: number) =>
  database.write(async (trx) => {
    await sql`insert into notes (id) values (${id})`.execute(trx);
    return id;
  });
const ids = Array.from({ length: 20 }, (_, index) => index);

describe('writes that are asked for at the same time', () => {
  it('share one commit, and each is told of its result after it', async () => {
    const before = commits();
    const told = ids.map(async (id) => {
      expect(await note(id)).toBe(id);
      expect(seen()).toContain(id);
    });
    await Promise.all(told);
    expect(seen()).toEqual(ids);
    expect(commits() - before).toBe(1);
  });

  it('are undone alone: one that fails takes no other with it', async () => {
    const fails = () =>
      database.write(async (trx) => {
        await sql`insert into notes (id) values (100)`.execute(trx);
        throw new PlumblineError('job_not_found', 'There is no such job.');
      });
    const results = await Promise.allSettled([note(1), fails(), note(2), note(1), note(3)]);
    expect(results.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
    expect(results[1]).toMatchObject({ reason: { code: 'job_not_found' } });
    expect(results[3]).toMatchObject({ reason: { code: 'store_failed' } });
    expect(seen()).toEqual([1, 2, 3]);
  });

  it('are done before the store is closed', async () => {
    const written = ids.map(note);
    await database.close();
    await Promise.all(written);
    expect(seen()).toEqual(ids);
  });

  it('go on after the others where the database gives up the whole transaction', async () => {
    const givesUp = () =>
      database.write(async (trx) => {
        await sql`insert or rollback into notes (id) values (1)`.execute(trx);
      });
    const results = await Promise.allSettled([note(1), givesUp(), note(2)]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(seen()).toEqual([1, 2]);
  });
});
