import type { Migration } from './migration.ts';

/** Who ordered an attempt that nobody had approved, and why. */
export const emergencies: Migration = {
  version: 7,
  name: 'emergencies',
  async up(db, types) {
    await db.schema.alterTable('attempts').addColumn('emergency', types.text).execute();
  },
};
