import { type Kysely, sql } from 'kysely';
import { index, withText } from './build.ts';
import type { ColumnTypes, Migration } from './migration.ts';

/** Tasks, jobs, stacks, plans, configs, events and artifacts. */
export const first: Migration = {
  version: 1,
  name: 'first',
  async up(db, types) {
    await createTasks(db, types);
    await createJobs(db, types);
    await createStacks(db, types);
    await createPlans(db, types);
    await createConfigs(db, types);
    await createEvents(db, types);
    await createArtifacts(db, types);
  },
};

async function createTasks(db: Kysely<never>, types: ColumnTypes): Promise<void> {
  const table = db.schema.createTable('tasks').addColumn('config_version', 'integer', (c) => c.notNull());
  await withText(
    table,
    types,
    ['id', 'repo', 'kind', 'status', 'trigger', 'commit', 'actor', 'workflow_id', 'run_id', 'started_at'],
    [
      'stack_key',
      'counts',
      'discovered_at',
      'ended_at',
      'cancel_requested_at',
      'error_code',
      'error_message',
    ],
  )
    .addPrimaryKeyConstraint('tasks_pk', ['id'] as never)
    .execute();
  await index(db, 'tasks_by_repo', 'tasks', ['repo', 'started_at', 'id']);
  await index(db, 'tasks_by_start', 'tasks', ['started_at', 'id']);
  await index(db, 'tasks_by_end', 'tasks', ['ended_at']);
  await sql`create index tasks_running on tasks (repo, started_at) where status = 'running'`.execute(db);
}

async function createJobs(db: Kysely<never>, types: ColumnTypes): Promise<void> {
  let table = db.schema.createTable('jobs');
  for (const name of ['ordinal', 'attempts', 'drift', 'pending']) {
    table = table.addColumn(name, 'integer', (c) => c.notNull()) as typeof table;
  }
  await withText(
    table,
    types,
    [
      'id',
      'task_id',
      'repo',
      'stack_key',
      'path',
      'kind',
      'workspace',
      'status',
      'queue',
      'commit',
      'created_at',
    ],
    ['started_at', 'ended_at', 'outcome', 'severity', 'digest', 'worker', 'error_code', 'error_message'],
  )
    .addPrimaryKeyConstraint('jobs_pk', ['id'] as never)
    .addForeignKeyConstraint('jobs_task', ['task_id'] as never, 'tasks', ['id'], (c) => c.onDelete('cascade'))
    .execute();
  await sql`create unique index jobs_by_task on jobs (task_id, ordinal)`.execute(db);
  await index(db, 'jobs_by_repo', 'jobs', ['repo', 'created_at', 'ordinal']);
  await index(db, 'jobs_by_stack', 'jobs', ['repo', 'stack_key', 'created_at', 'id']);
  await index(db, 'jobs_by_end', 'jobs', ['ended_at']);
}

async function createStacks(db: Kysely<never>, types: ColumnTypes): Promise<void> {
  const table = db.schema
    .createTable('stacks')
    .addColumn('drift', 'integer', (c) => c.notNull())
    .addColumn('pending', 'integer', (c) => c.notNull());
  await withText(
    table,
    types,
    ['repo', 'key', 'path', 'kind', 'workspace', 'depends_on', 'status'],
    [
      'settings',
      'severity',
      'commit',
      'scanned_at',
      'drifted_since',
      'job_id',
      'result_order',
      'digest',
      'tool_version',
      'error_code',
      'error_message',
    ],
  )
    .addPrimaryKeyConstraint('stacks_pk', ['repo', 'key'] as never)
    .execute();
}

async function createPlans(db: Kysely<never>, types: ColumnTypes): Promise<void> {
  await withText(
    db.schema.createTable('plans'),
    types,
    [
      'job_id',
      'repo',
      'stack_key',
      'commit',
      'status',
      'changes',
      'ignored',
      'outputs',
      'digest',
      'tool',
      'durations_ms',
      'warnings',
      'artifacts',
      'created_at',
    ],
    ['severity', 'state_lock'],
  )
    .addPrimaryKeyConstraint('plans_pk', ['job_id'] as never)
    .addForeignKeyConstraint('plans_job', ['job_id'] as never, 'jobs', ['id'], (c) => c.onDelete('cascade'))
    .execute();
  await index(db, 'plans_by_stack', 'plans', ['repo', 'stack_key', 'created_at', 'job_id']);
}

async function createConfigs(db: Kysely<never>, types: ColumnTypes): Promise<void> {
  const table = db.schema.createTable('configs').addColumn('version', 'integer', (c) => c.primaryKey());
  await withText(table, types, ['settings', 'published_at'], []).execute();
}

async function createEvents(db: Kysely<never>, types: ColumnTypes): Promise<void> {
  const table =
    types.kind === 'postgres'
      ? db.schema
          .createTable('events')
          .addColumn('seq', 'bigint', (c) => c.generatedByDefaultAsIdentity().primaryKey())
      : db.schema.createTable('events').addColumn('seq', 'integer', (c) => c.primaryKey().autoIncrement());
  await withText(table, types, ['task_id', 'kind', 'message', 'at'], ['stack_key'])
    .addForeignKeyConstraint('events_task', ['task_id'] as never, 'tasks', ['id'], (c) =>
      c.onDelete('cascade'),
    )
    .execute();
  await index(db, 'events_by_task', 'events', ['task_id', 'seq']);
  await index(db, 'events_by_time', 'events', ['at']);
}

async function createArtifacts(db: Kysely<never>, types: ColumnTypes): Promise<void> {
  const table = db.schema
    .createTable('artifacts')
    .addColumn('size_bytes', 'bigint', (c) => c.notNull())
    .addColumn('encrypted', 'integer', (c) => c.notNull());
  await withText(table, types, ['job_id', 'kind', 'digest', 'created_at'], ['key_id'])
    .addPrimaryKeyConstraint('artifacts_pk', ['job_id', 'kind'] as never)
    .addForeignKeyConstraint('artifacts_job', ['job_id'] as never, 'jobs', ['id'], (c) =>
      c.onDelete('cascade'),
    )
    .execute();
  await index(db, 'artifacts_by_digest', 'artifacts', ['digest']);
  await withText(db.schema.createTable('orphans'), types, ['digest', 'since'], ['offered_at'])
    .addPrimaryKeyConstraint('orphans_pk', ['digest'] as never)
    .execute();
}
