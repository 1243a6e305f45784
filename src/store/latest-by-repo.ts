import type { Kysely, Selectable } from 'kysely';
import type { Tables, TaskTable } from './tables.ts';

/** The newest task of each repo, by name. */
export async function latestByRepo(db: Kysely<Tables>): Promise<Selectable<TaskTable>[]> {
  return await db
    .selectFrom('tasks')
    .selectAll()
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('tasks as newer')
            .select('newer.id')
            .whereRef('newer.repo', '=', 'tasks.repo')
            .where((inner) =>
              inner.or([
                inner('newer.started_at', '>', eb.ref('tasks.started_at')),
                inner.and([
                  inner('newer.started_at', '=', eb.ref('tasks.started_at')),
                  inner('newer.id', '>', eb.ref('tasks.id')),
                ]),
              ]),
            ),
        ),
      ),
    )
    .orderBy('repo')
    .execute();
}
