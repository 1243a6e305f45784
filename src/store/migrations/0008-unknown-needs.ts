import type { Migration } from './migration.ts';

/** What a stack was declared to need, and its commit does not have. */
export const unknownNeeds: Migration = {
  version: 8,
  name: 'unknown needs',
  async up(db, types) {
    await db.schema.alterTable('stacks').addColumn('unknown_needs', types.text).execute();
  },
};
