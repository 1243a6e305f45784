import type { Transaction } from 'kysely';
import type { ArtifactKind } from '../domain/plan.ts';
import { inChunks } from './chunks.ts';
import type { Database } from './database.ts';
import { forgetBefore } from './retention.ts';
import type { ArtifactRepository, StoredContent } from './store.ts';
import type { Tables } from './tables.ts';
import { utc } from './times.ts';

/** Which job has which content, in the database. `now` gives milliseconds since 1970. */
export function createArtifactRepository(database: Database, now: () => number): ArtifactRepository {
  return {
    record: (jobId, contents, at) => database.write((trx) => writeContents(trx, jobId, contents, utc(at))),
    find: (jobId, kind) =>
      database.read(async (db) => {
        const row = await db
          .selectFrom('artifacts')
          .selectAll()
          .where('job_id', '=', jobId)
          .where('kind', '=', kind)
          .orderBy('created_at', 'desc')
          .orderBy('digest')
          .limit(1)
          .executeTakeFirst();
        return (
          row && {
            jobId: row.job_id,
            kind: row.kind as ArtifactKind,
            digest: row.digest,
            sizeBytes: row.size_bytes,
            encrypted: row.encrypted === 1,
            keyId: row.key_id,
            createdAt: row.created_at,
          }
        );
      }),
    forgetBefore: (before, limit) => forgetBefore(database, utc(before), limit, now()),
    unreferenced: (digests) => unreferenced(database, digests),
  };
}

/** Writes which content belongs to a job, beside what it has: people may have decided on the older. */
export async function writeContents(
  trx: Transaction<Tables>,
  jobId: string,
  contents: readonly StoredContent[],
  at: string,
): Promise<void> {
  if (contents.length === 0) return;
  // PostgreSQL takes no row twice at once.
  const distinct = new Map(contents.map((content) => [`${content.kind} ${content.digest}`, content]));
  await trx
    .insertInto('artifacts')
    .values(
      [...distinct.values()].map((content) => ({
        job_id: jobId,
        kind: content.kind,
        digest: content.digest,
        size_bytes: content.sizeBytes,
        encrypted: content.encrypted ? 1 : 0,
        key_id: content.keyId,
        created_at: at,
      })),
    )
    .onConflict((conflict) =>
      conflict.columns(['job_id', 'kind', 'digest']).doUpdateSet((eb) => ({
        size_bytes: eb.ref('excluded.size_bytes'),
        encrypted: eb.ref('excluded.encrypted'),
        key_id: eb.ref('excluded.key_id'),
        created_at: eb.ref('excluded.created_at'),
      })),
    )
    .execute();
}

async function unreferenced(database: Database, digests: readonly string[]): Promise<string[]> {
  const left = new Set(digests);
  await inChunks([...left], async (chunk) => {
    const rows = await database.read((db) =>
      db
        .selectFrom('artifacts')
        .select('digest')
        .where('digest', 'in', chunk)
        .union(db.selectFrom('backups').select('content as digest').where('content', 'in', chunk))
        .execute(),
    );
    for (const { digest } of rows) left.delete(digest);
  });
  return [...left];
}
