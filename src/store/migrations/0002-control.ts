import { type Kysely, sql } from 'kysely';
import { index, withText } from './build.ts';
import type { ColumnTypes, Migration } from './migration.ts';

/** Approvals, attempts with their leases and backups, verdicts, holds, syncs, and the audit log. */
export const control: Migration = {
  version: 2,
  name: 'control',
  async up(db, types) {
    await createApprovals(db, types);
    await createDecisions(db, types);
    await createAttempts(db, types);
    await createLeases(db, types);
    await createBackups(db, types);
    await createVerdicts(db, types);
    await createHolds(db, types);
    await createSyncs(db, types);
    await createAudit(db, types);
    await keepAuditAppendOnly(db, types);
  },
};

async function createApprovals(db: Kysely<never>, types: ColumnTypes): Promise<void> {
  await withText(
    db.schema.createTable('approvals'),
    types,
    [
      'id',
      'repo',
      'stack_key',
      'task_id',
      'job_id',
      'commit',
      'digest',
      'status',
      'actions',
      'requirement',
      'reasons',
      'authors',
      'started_by',
      'detected_at',
      'presented_at',
    ],
    ['environment', 'severity', 'pusher', 'expires_at', 'decided_at', 'replaces', 'attempt_id'],
  )
    .addPrimaryKeyConstraint('approvals_pk', ['id'] as never)
    .execute();
  await index(db, 'approvals_by_stack', 'approvals', ['repo', 'stack_key', 'presented_at', 'id']);
  await index(db, 'approvals_by_status', 'approvals', ['status', 'presented_at']);
  await index(db, 'approvals_by_time', 'approvals', ['presented_at', 'id']);
  await index(db, 'approvals_by_job', 'approvals', ['job_id']);
  await sql`create unique index approvals_live on approvals (repo, stack_key)
    where status in ('waiting', 'approved', 'rejected')`.execute(db);
}

async function createDecisions(db: Kysely<never>, types: ColumnTypes): Promise<void> {
  await withText(
    db.schema.createTable('decisions').addColumn('ordinal', 'integer', (c) => c.notNull()),
    types,
    [
      'id',
      'approval_id',
      'repo',
      'stack_key',
      'digest',
      'kind',
      'by',
      'teams',
      'aliases',
      'reason',
      'at',
      'via',
    ],
    ['signature', 'withdrawn_at'],
  )
    .addPrimaryKeyConstraint('decisions_pk', ['id'] as never)
    .addForeignKeyConstraint('decisions_approval', ['approval_id'] as never, 'approvals', ['id'])
    .execute();
  await sql`create unique index decisions_by_approval on decisions (approval_id, ordinal)`.execute(db);
}

async function createAttempts(db: Kysely<never>, types: ColumnTypes): Promise<void> {
  await withText(
    db.schema.createTable('attempts').addColumn('fence', 'bigint', (c) => c.notNull()),
    types,
    [
      'id',
      'kind',
      'repo',
      'stack_key',
      'task_id',
      'job_id',
      'digest',
      'commit',
      'rule',
      'status',
      'worker',
      'started_at',
      'summary',
    ],
    ['approval_id', 'tool', 'output_path', 'backup_id', 'ended_at', 'error_code', 'error_message'],
  )
    .addPrimaryKeyConstraint('attempts_pk', ['id'] as never)
    .execute();
  await index(db, 'attempts_by_stack', 'attempts', ['repo', 'stack_key', 'started_at', 'id']);
  await index(db, 'attempts_by_task', 'attempts', ['task_id', 'started_at', 'id']);
  await index(db, 'attempts_by_time', 'attempts', ['started_at', 'id']);
  await index(db, 'attempts_by_job', 'attempts', ['job_id']);
  // One approval permits one attempt, whatever the code says.
  await sql`create unique index attempts_by_approval on attempts (approval_id) where approval_id is not null`.execute(
    db,
  );
  await sql`create unique index attempts_by_fence on attempts (repo, stack_key, fence)`.execute(db);
  await sql`create index attempts_open on attempts (started_at) where status in ('started', 'unknown')`.execute(
    db,
  );
}

async function createLeases(db: Kysely<never>, types: ColumnTypes): Promise<void> {
  await withText(
    db.schema.createTable('leases').addColumn('fence', 'bigint', (c) => c.notNull()),
    types,
    ['repo', 'stack_key', 'worker', 'taken_at', 'renewed_at'],
    ['attempt_id'],
  )
    .addPrimaryKeyConstraint('leases_pk', ['repo', 'stack_key'] as never)
    .execute();
}

async function createBackups(db: Kysely<never>, types: ColumnTypes): Promise<void> {
  await withText(
    db.schema.createTable('backups').addColumn('serial', 'bigint', (c) => c.notNull()),
    types,
    ['id', 'repo', 'stack_key', 'job_id', 'content', 'lineage', 'commit', 'created_at'],
    ['attempt_id'],
  )
    .addPrimaryKeyConstraint('backups_pk', ['id'] as never)
    .execute();
  await index(db, 'backups_by_stack', 'backups', ['repo', 'stack_key', 'created_at', 'id']);
  await index(db, 'backups_by_job', 'backups', ['job_id']);
  await index(db, 'backups_by_content', 'backups', ['content']);
}

async function createVerdicts(db: Kysely<never>, types: ColumnTypes): Promise<void> {
  await withText(db.schema.createTable('verdicts'), types, ['job_id', 'kind', 'verdict'], [])
    .addPrimaryKeyConstraint('verdicts_pk', ['job_id'] as never)
    .addForeignKeyConstraint('verdicts_job', ['job_id'] as never, 'jobs', ['id'], (c) =>
      c.onDelete('cascade'),
    )
    .execute();
}

async function createHolds(db: Kysely<never>, types: ColumnTypes): Promise<void> {
  await withText(
    db.schema.createTable('holds'),
    types,
    ['id', 'kind', 'scope', 'name', 'reason', 'by', 'at'],
    ['repo', 'commit', 'released_at', 'released_by'],
  )
    .addPrimaryKeyConstraint('holds_pk', ['id'] as never)
    .execute();
  await sql`create unique index holds_active on holds (kind, scope, coalesce(repo, ''), name)
    where released_at is null`.execute(db);
}

async function createSyncs(db: Kysely<never>, types: ColumnTypes): Promise<void> {
  await withText(
    db.schema.createTable('syncs'),
    types,
    ['repo', 'stack_key', 'commit', 'digest', 'at', 'attempt_id', 'heals'],
    [],
  )
    .addPrimaryKeyConstraint('syncs_pk', ['repo', 'stack_key'] as never)
    .execute();
}

async function createAudit(db: Kysely<never>, types: ColumnTypes): Promise<void> {
  await withText(
    db.schema.createTable('audit').addColumn('seq', 'bigint', (c) => c.notNull()),
    types,
    ['at', 'actor', 'action', 'result', 'reason', 'source', 'details', 'previous', 'hash'],
    ['repo', 'stack_key', 'environment', 'task_id', 'commit', 'digest'],
  )
    .addPrimaryKeyConstraint('audit_pk', ['seq'] as never)
    .execute();
  for (const [name, columns] of [
    ['audit_by_time', ['at', 'seq']],
    ['audit_by_actor', ['actor', 'seq']],
    ['audit_by_action', ['action', 'seq']],
    ['audit_by_stack', ['repo', 'stack_key', 'seq']],
  ] as const) {
    await index(db, name, 'audit', [...columns]);
  }
  await withText(
    db.schema.createTable('audit_heads').addColumn('seq', 'bigint', (c) => c.notNull()),
    types,
    ['hash', 'at', 'signature', 'key_id', 'anchor'],
    [],
  )
    .addPrimaryKeyConstraint('audit_heads_pk', ['seq'] as never)
    .execute();
}

/** Against slips, not against whoever owns the database: that is what the hashes and anchors are for. */
async function keepAuditAppendOnly(db: Kysely<never>, types: ColumnTypes): Promise<void> {
  if (types.kind === 'sqlite') {
    for (const event of ['update', 'delete']) {
      await sql`create trigger ${sql.raw(`audit_no_${event}`)} before ${sql.raw(event)} on audit
        begin select raise(abort, 'the audit log is append-only'); end`.execute(db);
    }
    return;
  }
  await sql`create or replace function audit_append_only() returns trigger language plpgsql as
    $$ begin raise exception 'the audit log is append-only'; end $$`.execute(db);
  await sql`create trigger audit_append_only before update or delete or truncate on audit
    for each statement execute function audit_append_only()`.execute(db);
}
