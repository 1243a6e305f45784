import type { Migration } from './migration.ts';

/** What vouched for who or what started a task; null: of a scan, or of a task from before. */
export const vouchedStarters: Migration = {
  version: 17,
  name: 'vouched starters',
  async up(db, types) {
    await db.schema.alterTable('tasks').addColumn('vouchers', types.text).execute();
  },
};
