import { sql, type Transaction } from 'kysely';
import { entryName } from '../../domain/repo-name.ts';
import type { StoreKind } from '../store.ts';
import type { Tables } from '../tables.ts';

/** Any fixed number: the first half of the advisory locks that stand for stacks. */
const STACK_LOCK = 5_704_203;

/**
 * Keeps every other transaction that locks this stack, on whatever branch of its repo's entry, waiting until this one ends. SQLite has one writer anyhow.
 * To be the first lock of its transaction, so that two never wait for each other.
 */
export async function lockStack(
  trx: Transaction<Tables>,
  kind: StoreKind,
  repo: string,
  stackKey: string,
): Promise<void> {
  if (kind !== 'postgres') return;
  await sql`select pg_advisory_xact_lock(${sql.lit(STACK_LOCK)}, hashtext(${`${entryName(repo)}\n${stackKey}`}))`.execute(
    trx,
  );
}
