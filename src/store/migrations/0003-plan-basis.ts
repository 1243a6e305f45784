import type { Migration } from './migration.ts';

/** What a plan rests on. Plans that were made before say nothing of it. */
export const planBasis: Migration = {
  version: 3,
  name: 'plan basis',
  async up(db, types) {
    await db.schema.alterTable('plans').addColumn('basis', types.text).execute();
  },
};
