import type { Migration } from './migration.ts';

/** Whether a task is of a commit that somebody named beside the branch's newest: 1, else null. */
export const asideTasks: Migration = {
  version: 11,
  name: 'aside tasks',
  async up(db) {
    await db.schema.alterTable('tasks').addColumn('aside', 'integer').execute();
  },
};
