import type { Kysely, Selectable, Transaction } from 'kysely';
import type { Stack, StackPolicy } from '../domain/stack.ts';
import type { StackState } from '../domain/task.ts';
import { inChunks } from './chunks.ts';
import type { Database } from './database.ts';
import { failureOf } from './failure-columns.ts';
import { countsByRepo } from './repo-counts.ts';
import { hasDrift, recordApplied, recordFailure } from './stack-results.ts';
import type { StackRepository } from './store.ts';
import type { ResourceTable, StackTable, Tables } from './tables.ts';
import { utc } from './times.ts';

/** Stacks and their last known state in the database. */
export function createStackRepository(database: Database): StackRepository {
  const lockRows = database.kind === 'postgres';
  return {
    discovered: (repo, stacks, { complete, kept = [] }) =>
      database.write(async (trx) => {
        await upsertStacks(trx, repo, stacks);
        if (complete) await forgetOthers(trx, repo, new Set([...stacks.map((stack) => stack.key), ...kept]));
      }),
    failed: (repo, key, jobId, commit, outcome, error, at) =>
      database.write((trx) =>
        recordFailure(trx, lockRows, { repo, key, jobId, commit, outcome, error, at: utc(at) }),
      ),
    applied: (repo, key, jobId, status) =>
      database.write((trx) => recordApplied(trx, { repo, key, jobId, status })),
    get: async (repo, key) => {
      const row = await database.read((db) =>
        withHeals(db).where('stacks.repo', '=', repo).where('stacks.key', '=', key).executeTakeFirst(),
      );
      return row && toState(row);
    },
    list: async (repo) => {
      const rows = await database.read((db) =>
        withHeals(db)
          .$if(repo !== undefined, (query) => query.where('stacks.repo', '=', repo!))
          .orderBy('stacks.repo')
          .orderBy('stacks.key')
          .execute(),
      );
      return rows.map(toState);
    },
    anyOutside: async (repo, taskId) => {
      const found = await database.read((db) =>
        db
          .selectFrom('stacks')
          .select('key')
          .where('repo', '=', repo)
          .where('key', 'not in', db.selectFrom('jobs').select('stack_key').where('task_id', '=', taskId))
          .limit(1)
          .executeTakeFirst(),
      );
      return found !== undefined;
    },
    forgetOtherRepos: (repos) => database.write((trx) => forgetOtherRepos(trx, new Set(repos))),
    countsByRepo: () => database.read(countsByRepo),
  };
}

type StackRow = Selectable<StackTable> & { heals: string | null } & Pick<
    ResourceTable,
    'health' | 'health_reason'
  >;

function withHeals(db: Kysely<Tables>) {
  return db
    .selectFrom('stacks')
    .leftJoin('syncs', (join) =>
      join.onRef('syncs.repo', '=', 'stacks.repo').onRef('syncs.stack_key', '=', 'stacks.key'),
    )
    .leftJoin('resources', (join) =>
      join.onRef('resources.repo', '=', 'stacks.repo').onRef('resources.stack_key', '=', 'stacks.key'),
    )
    .selectAll('stacks')
    .select(['syncs.heals', 'resources.health', 'resources.health_reason']);
}

async function upsertStacks(trx: Transaction<Tables>, repo: string, stacks: readonly Stack[]): Promise<void> {
  const byKey = new Map(stacks.map((stack) => [stack.key, stack]));
  // Sorted, so that two writers lock the rows in one order.
  const rows = [...byKey.values()]
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map((stack) => ({
      repo,
      key: stack.key,
      path: stack.path,
      kind: stack.kind,
      workspace: stack.workspace,
      depends_on: JSON.stringify(stack.dependsOn),
      unknown_needs: stack.unknownNeeds?.length ? JSON.stringify(stack.unknownNeeds) : null,
      policy: stack.policy ? JSON.stringify(stack.policy) : null,
      settings: stack.settings ? JSON.stringify(stack.settings) : null,
      status: 'unknown' as const,
      drift: 0,
      pending: 0,
    }));
  await inChunks(rows, (chunk) =>
    trx
      .insertInto('stacks')
      .values(chunk)
      .onConflict((conflict) =>
        conflict.columns(['repo', 'key']).doUpdateSet((eb) => ({
          path: eb.ref('excluded.path'),
          kind: eb.ref('excluded.kind'),
          workspace: eb.ref('excluded.workspace'),
          depends_on: eb.ref('excluded.depends_on'),
          unknown_needs: eb.ref('excluded.unknown_needs'),
          policy: eb.ref('excluded.policy'),
          settings: eb.ref('excluded.settings'),
        })),
      )
      .execute(),
  );
}

async function forgetOthers(
  trx: Transaction<Tables>,
  repo: string,
  kept: ReadonlySet<string>,
): Promise<void> {
  const known = await trx.selectFrom('stacks').select('key').where('repo', '=', repo).execute();
  const gone = known.map((row) => row.key).filter((key) => !kept.has(key));
  await inChunks(gone, (chunk) =>
    trx.deleteFrom('stacks').where('repo', '=', repo).where('key', 'in', chunk).execute(),
  );
  await inChunks(gone, (chunk) =>
    trx.deleteFrom('resources').where('repo', '=', repo).where('stack_key', 'in', chunk).execute(),
  );
}

async function forgetOtherRepos(trx: Transaction<Tables>, kept: ReadonlySet<string>): Promise<number> {
  const known = await trx.selectFrom('stacks').select('repo').distinct().execute();
  let forgotten = 0;
  for (const { repo } of known.filter((row) => !kept.has(row.repo))) {
    const { numDeletedRows } = await trx.deleteFrom('stacks').where('repo', '=', repo).executeTakeFirst();
    forgotten += Number(numDeletedRows);
    await trx.deleteFrom('resources').where('repo', '=', repo).execute();
  }
  return forgotten;
}

function toState(row: StackRow): StackState {
  return {
    repo: row.repo,
    key: row.key,
    path: row.path,
    kind: row.kind,
    workspace: row.workspace,
    dependsOn: row.depends_on === '[]' ? [] : (JSON.parse(row.depends_on) as string[]),
    ...(row.unknown_needs === null ? {} : { unknownNeeds: JSON.parse(row.unknown_needs) as string[] }),
    ...(row.policy === null ? {} : { policy: JSON.parse(row.policy) as StackPolicy }),
    ...(row.settings === null ? {} : { settings: JSON.parse(row.settings) as Record<string, string> }),
    status: row.status,
    drift: row.drift,
    pending: row.pending,
    severity: row.severity,
    commit: row.commit,
    scannedAt: row.scanned_at,
    // Kept through failed scans in the table, but shown only while drift is known.
    driftedSince: hasDrift(row.status) ? row.drifted_since : null,
    jobId: row.job_id,
    digest: row.digest,
    toolVersion: row.tool_version,
    error: failureOf(row),
    ...(row.health === null ? {} : { health: { status: row.health, reason: row.health_reason ?? '' } }),
    ...(row.heals === null || row.heals === '[]' ? {} : { heals: JSON.parse(row.heals) as string[] }),
  };
}
