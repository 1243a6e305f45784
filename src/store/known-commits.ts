import type { Kysely } from 'kysely';
import type { Tables } from './tables.ts';

/** Whether a task of the repo got as far as finding the stacks of this commit (a full SHA). */
export async function isKnownCommit(db: Kysely<Tables>, repo: string, commit: string): Promise<boolean> {
  const ofRepo = db.selectFrom('tasks').select('id').where('repo', '=', repo);
  const found = ofRepo.where('commit', '=', commit).where('discovered_at', 'is not', null).limit(1);
  return (await found.executeTakeFirst()) !== undefined;
}
