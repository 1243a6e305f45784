import type { Migration } from './migration.ts';

/** How often people were reminded of an approval, and who else was asked. */
export const reminders: Migration = {
  version: 6,
  name: 'reminders',
  async up(db, types) {
    await db.schema.alterTable('approvals').addColumn('reminders', types.text).execute();
  },
};
