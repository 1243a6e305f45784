import { type Kysely, sql } from 'kysely';
import { index, withText } from './build.ts';
import type { ColumnTypes, Migration } from './migration.ts';

/** A job may have several contents of one kind: its plan's, and those of the plan that was applied. */
export const artifactsByContent: Migration = {
  version: 9,
  name: 'artifacts by content',
  async up(db, types) {
    await createContents(db, types);
    const columns = sql.raw('job_id, kind, digest, size_bytes, encrypted, key_id, created_at');
    await sql`insert into contents (${columns}) select ${columns} from artifacts`.execute(db);
    await db.schema.dropTable('artifacts').execute();
    await db.schema.alterTable('contents').renameTo('artifacts').execute();
    await index(db, 'artifacts_by_digest', 'artifacts', ['digest']);
    await nameContentsOfPlans(db, types);
  },
};

async function createContents(db: Kysely<never>, types: ColumnTypes): Promise<void> {
  const table = db.schema
    .createTable('contents')
    .addColumn('size_bytes', 'bigint', (c) => c.notNull())
    .addColumn('encrypted', 'integer', (c) => c.notNull());
  await withText(table, types, ['job_id', 'kind', 'digest', 'created_at'], ['key_id'])
    .addPrimaryKeyConstraint('contents_pk', ['job_id', 'kind', 'digest'] as never)
    .addForeignKeyConstraint('contents_job', ['job_id'] as never, 'jobs', ['id'], (c) =>
      c.onDelete('cascade'),
    )
    .execute();
}

/** What later plans of the same job took the place of. Which key encrypted it stands in the content alone. */
async function nameContentsOfPlans(db: Kysely<never>, { kind }: ColumnTypes): Promise<void> {
  const contents =
    kind === 'postgres'
      ? sql`select p.job_id, a ->> 'kind', a ->> 'digest', (a ->> 'sizeBytes')::bigint,
              case when (a ->> 'encrypted')::boolean then 1 else 0 end, p.created_at
            from plans p cross join jsonb_array_elements(p.artifacts::jsonb) a where true`
      : sql`select p.job_id, a.value ->> 'kind', a.value ->> 'digest', a.value ->> 'sizeBytes',
              a.value ->> 'encrypted', p.created_at
            from plans p cross join json_each(p.artifacts) a where true`;
  await sql`insert into artifacts (job_id, kind, digest, size_bytes, encrypted, created_at)
    ${contents} on conflict do nothing`.execute(db);
}
