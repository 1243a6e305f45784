import { withText } from './build.ts';
import type { Migration } from './migration.ts';

/** What starts tasks by itself: what was last heard of each repo's Git, and who watches what. */
export const triggers: Migration = {
  version: 13,
  name: 'triggers',
  async up(db, types) {
    const polls = db.schema
      .createTable('polls')
      .addColumn('repo', types.text, (c) => c.notNull().primaryKey());
    const pollFacts = ['commit', 'reached_at', 'failing_since', 'error_code', 'error_message'];
    await withText(polls, types, ['asked_at'], pollFacts).execute();
    const watches = db.schema
      .createTable('watches')
      .addColumn('target', types.text, (c) => c.notNull().primaryKey())
      .addColumn('stacks', 'integer', (c) => c.notNull());
    const watchFacts = ['alive_at', 'error_code', 'error_message'];
    await withText(watches, types, ['worker', 'since', 'expires_at'], watchFacts).execute();
  },
};
