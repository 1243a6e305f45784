import type { Migration } from './migration.ts';

/** What has to be merged before a pin ends, and which backup a plan returns to. */
export const rollbacks: Migration = {
  version: 5,
  name: 'rollbacks',
  async up(db, types) {
    await db.schema.alterTable('holds').addColumn('merge', types.text).execute();
    await db.schema.alterTable('plans').addColumn('restores', types.text).execute();
  },
};
