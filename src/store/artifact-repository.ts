import type { ArtifactKind } from '../domain/plan.ts';
import type { Database } from './database.ts';
import { forgetBefore } from './retention.ts';
import type { ArtifactRepository } from './store.ts';
import { utc } from './times.ts';

/** Which job has which content, in the database. `now` gives milliseconds since 1970. */
export function createArtifactRepository(database: Database, now: () => number): ArtifactRepository {
  return {
    record: (jobId, ref, keyId, at) =>
      database.write(async (trx) => {
        const content = {
          digest: ref.digest,
          size_bytes: ref.sizeBytes,
          encrypted: ref.encrypted ? 1 : 0,
          key_id: keyId,
          created_at: utc(at),
        };
        await trx
          .insertInto('artifacts')
          .values({ job_id: jobId, kind: ref.kind, ...content })
          .onConflict((conflict) => conflict.columns(['job_id', 'kind']).doUpdateSet(content))
          .execute();
      }),
    find: (jobId, kind) =>
      database.read(async (db) => {
        const row = await db
          .selectFrom('artifacts')
          .selectAll()
          .where('job_id', '=', jobId)
          .where('kind', '=', kind)
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
  };
}
