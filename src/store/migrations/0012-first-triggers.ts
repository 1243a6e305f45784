import type { Migration } from './migration.ts';

/** What started the first of the tasks that led to a task; null: the task itself is the first. */
export const firstTriggers: Migration = {
  version: 12,
  name: 'first triggers',
  async up(db) {
    await db.schema.alterTable('tasks').addColumn('first_trigger', 'text').execute();
  },
};
