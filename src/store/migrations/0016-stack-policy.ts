import type { Migration } from './migration.ts';

/** What the repository itself says of how a stack is kept. */
export const stackPolicy: Migration = {
  version: 16,
  name: 'stack policy',
  async up(db, types) {
    await db.schema.alterTable('stacks').addColumn('policy', types.text).execute();
  },
};
