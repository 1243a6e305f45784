import type { Kysely } from 'kysely';
import { entryName } from '../../domain/repo-name.ts';
import type { Tables } from '../tables.ts';

/**
 * The row of a stack's lease. The branches of one entry share it: the same folder on another branch is most likely the same state, and
 * two attempts on that are never at work at once.
 */
export function leaseRow(db: Kysely<Tables>, repo: string, stackKey: string) {
  return db
    .selectFrom('leases')
    .selectAll()
    .where('repo', '=', entryName(repo))
    .where('stack_key', '=', stackKey);
}
