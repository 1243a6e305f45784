import { withText } from './build.ts';
import type { Migration } from './migration.ts';

/** What each stack has, as it was last seen: one row a stack. */
export const resources: Migration = {
  version: 14,
  name: 'resources',
  async up(db, types) {
    const table = withText(
      db.schema.createTable('resources'),
      types,
      ['repo', 'stack_key'],
      ['declared', 'declared_at', 'looked', 'looked_at', 'health', 'health_reason'],
    );
    await table.addPrimaryKeyConstraint('resources_pk', ['repo', 'stack_key'] as never).execute();
  },
};
