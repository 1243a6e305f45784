import type { Transaction } from 'kysely';
import type { NewTask } from './store.ts';
import type { Tables } from './tables.ts';

/**
 * The vouchers of a task as they are stored: none where another task has used one of them. Tasks of one repo begin one after another,
 * so that no two find the same one unused.
 */
export async function unusedVouchers(
  trx: Transaction<Tables>,
  { id, repo, vouchers }: NewTask,
): Promise<string | null> {
  if (vouchers === undefined) return null;
  if (vouchers.length === 0) return '';
  const used = await trx
    .selectFrom('tasks')
    .select('id')
    .where('repo', '=', repo)
    .where('id', '!=', id)
    .where((eb) => eb.or(vouchers.map((voucher) => eb('vouchers', 'like', `% ${voucher} %`))))
    .limit(1)
    .executeTakeFirst();
  return used ? '' : ` ${vouchers.join(' ')} `;
}
