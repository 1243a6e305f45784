import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { Migration } from './migration.ts';

/** An ID of this place, which is noted where artifacts are kept. */
export const installation: Migration = {
  version: 10,
  name: 'installation',
  async up(db, types) {
    await db.schema
      .createTable('installation')
      .addColumn('id', types.text, (c) => c.notNull())
      .execute();
    await sql`insert into installation (id) values (${randomUUID()})`.execute(db);
  },
};
