import type { Migration } from './migration.ts';

/** Who else has a stake in what is decided on. Approvals from before have nobody else. */
export const approvalStakes: Migration = {
  version: 4,
  name: 'approval stakes',
  async up(db, types) {
    await db.schema.alterTable('approvals').addColumn('others', types.text).execute();
  },
};
