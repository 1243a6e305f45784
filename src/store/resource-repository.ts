import { sql, type Transaction } from 'kysely';
import { type KnownResources, stackHealth } from '../domain/resources/known-resources.ts';
import type { StackResource, StackResources } from '../domain/resources/resource.ts';
import type { Database } from './database.ts';
import { storable } from './failure-columns.ts';
import type { ResourceRepository } from './store.ts';
import type { ResourceTable, Tables } from './tables.ts';
import { utc } from './times.ts';

/** What stacks have, in the database: one row each, so that it grows with the stacks alone. */
export function createResourceRepository(database: Database): ResourceRepository {
  return {
    get: async (repo, stackKey) => {
      const row = await database.read((db) =>
        db
          .selectFrom('resources')
          .selectAll()
          .where('repo', '=', repo)
          .where('stack_key', '=', stackKey)
          .executeTakeFirst(),
      );
      return row ? known(row) : { declared: null, looked: null };
    },
    naming: async (name) => {
      // As it stands in the JSON, with what LIKE gives a meaning to taken literally.
      const pattern = `%${`"name":${JSON.stringify(name)}`.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
      const rows = await database.read((db) =>
        db
          .selectFrom('resources')
          .selectAll()
          .where(sql<boolean>`(declared like ${pattern} escape '\\' or looked like ${pattern} escape '\\')`)
          .orderBy('repo')
          .orderBy('stack_key')
          .execute(),
      );
      return rows.map((row) => ({ repo: row.repo, stackKey: row.stack_key, known: known(row) }));
    },
    declared: (repo, stackKey, resources, at) =>
      database.write((trx) => writeDeclared(trx, { repo, stackKey, resources, at })),
    looked: (repo, stackKey, found, at) =>
      database.write((trx) =>
        write(
          trx,
          { repo, stackKey, resources: found.resources, at },
          { looked: json(found), looked_at: utc(at) },
        ),
      ),
  };
}

interface Seen {
  repo: string;
  stackKey: string;
  resources: readonly StackResource[];
  at: string;
}

/** Writes how a plan saw a stack's own objects. */
export async function writeDeclared(trx: Transaction<Tables>, seen: Seen): Promise<void> {
  await write(trx, seen, { declared: json(seen.resources), declared_at: utc(seen.at) });
}

async function write(
  trx: Transaction<Tables>,
  { repo, stackKey, resources }: Seen,
  columns: Partial<ResourceTable>,
): Promise<void> {
  const health = stackHealth(resources);
  const reason = health === null || health.reason === '' ? null : storable(health.reason);
  const values = { ...columns, health: health?.status ?? null, health_reason: reason };
  await trx
    .insertInto('resources')
    .values({ repo, stack_key: stackKey, ...values })
    .onConflict((conflict) => conflict.columns(['repo', 'stack_key']).doUpdateSet(values))
    .execute();
}

/** What clusters say may hold what PostgreSQL can't keep. */
function json(value: readonly StackResource[] | StackResources): string {
  return JSON.stringify(value, (_, field: unknown) => (typeof field === 'string' ? storable(field) : field));
}

function known({ declared, declared_at, looked, looked_at }: ResourceTable): KnownResources {
  return {
    declared:
      declared === null || declared_at === null
        ? null
        : { at: declared_at, resources: JSON.parse(declared) as StackResource[] },
    looked:
      looked === null || looked_at === null
        ? null
        : { at: looked_at, ...(JSON.parse(looked) as StackResources) },
  };
}
