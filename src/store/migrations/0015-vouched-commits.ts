import { sql } from 'kysely';
import type { Migration } from './migration.ts';

/**
 * The commit that the gate has let through last, apart from the one that a stack was seen in sync with. What was known of a
 * stack before is its last apply, else what it was seen in sync with.
 */
export const vouchedCommits: Migration = {
  version: 15,
  name: 'vouched commits',
  async up(db) {
    await db.schema.alterTable('syncs').addColumn('vouched', 'text').execute();
    await sql`update syncs set vouched = coalesce(
      (select a."commit" from attempts a
        where a.repo = syncs.repo and a.stack_key = syncs.stack_key and a.kind = 'apply'
          and a.status = 'applied' and a.error_code is null
        order by a.started_at desc limit 1),
      syncs."commit")`.execute(db);
  },
};
