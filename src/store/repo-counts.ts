import { type Kysely, sql } from 'kysely';
import { SEVERITIES, type Severity } from '../domain/change.ts';
import { STACK_STATUSES, type StackStatus } from '../domain/stack.ts';
import type { RepoCounts } from './store.ts';
import type { Tables } from './tables.ts';

/** Stacks per repo, by status and by severity, ordered by repo: one query over all stacks. */
export async function countsByRepo(db: Kysely<Tables>): Promise<RepoCounts[]> {
  const rows = await db
    .selectFrom('stacks')
    .groupBy(['repo', 'status', 'severity'])
    .select([
      'repo',
      'status',
      'severity',
      sql<number>`cast(count(*) as integer)`.as('stacks'),
      sql<number>`cast(sum(drift) as integer)`.as('drift'),
      sql<number>`cast(sum(pending) as integer)`.as('pending'),
      (eb) => eb.fn.max('scanned_at').as('scannedAt'),
    ])
    .orderBy('repo')
    .execute();
  const repos = new Map<string, RepoCounts>();
  for (const row of rows) {
    const counts = repos.get(row.repo) ?? noCounts(row.repo);
    repos.set(row.repo, counts);
    counts.total += row.stacks;
    counts.byStatus[row.status] += row.stacks;
    if (row.severity) counts.bySeverity[row.severity] += row.stacks;
    counts.drift += row.drift;
    counts.pending += row.pending;
    if (row.scannedAt && row.scannedAt > (counts.scannedAt ?? '')) counts.scannedAt = row.scannedAt;
  }
  return [...repos.values()];
}

function noCounts(repo: string): RepoCounts {
  return {
    repo,
    total: 0,
    byStatus: zeros<StackStatus>(STACK_STATUSES),
    bySeverity: zeros<Severity>(SEVERITIES),
    drift: 0,
    pending: 0,
    scannedAt: null,
  };
}

function zeros<Name extends string>(names: readonly Name[]): Record<Name, number> {
  return Object.fromEntries(names.map((name) => [name, 0])) as Record<Name, number>;
}
