import { setImmediate as turn } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Database } from '../database.ts';

/** So that others, readers and other processes, are let in between. */
const MOST_TOGETHER = 32;

type Write = Parameters<Database['write']>[0];

interface Waiting {
  work: Write;
  resolve: (value: unknown) => void;
  reject: (reason: unknown) => void;
}

/**
 * Lets writes that are asked for at the same time share one commit, which is what a write costs: the file is flushed once for all
 * of them, while nothing else can go on. Each is told of its result after that commit, and is undone alone when it fails.
 */
export function withGroupedWrites(database: Database): Database {
  const waiting: Waiting[] = [];
  let running: Promise<void> | undefined;
  const run = async (): Promise<void> => {
    while (waiting.length > 0) {
      // Whatever has just come in may ask for a write, too.
      await turn();
      await writeGroup(database, waiting.splice(0, MOST_TOGETHER));
    }
    running = undefined;
  };
  return {
    ...database,
    write: async <T>(work: (trx: Parameters<Write>[0]) => Promise<T>): Promise<T> =>
      await new Promise<T>((resolve, reject) => {
        waiting.push({ work, resolve: resolve as Waiting['resolve'], reject });
        running ??= run();
      }),
    // What was asked for before is done before.
    close: async () => {
      await running;
      await database.close();
    },
  };
}

/** Never throws: each of the writes is told. */
async function writeGroup(database: Database, group: readonly Waiting[]): Promise<void> {
  const [first, ...others] = group;
  if (first === undefined) return;
  if (others.length === 0) return await writeAlone(database, first);
  let done: (() => void)[] = [];
  let failed: Waiting[] = [];
  let committing = false;
  try {
    await database.write(async (trx) => {
      [done, failed] = [[], []];
      for (const one of group) {
        await sql`savepoint one`.execute(trx);
        try {
          const value: unknown = await one.work(trx);
          done.push(() => one.resolve(value));
        } catch {
          failed.push(one);
          // Where the database has given up the whole transaction, this fails, and with it the group.
          await sql`rollback to one`.execute(trx);
        }
        await sql`release one`.execute(trx);
      }
      committing = true;
    });
  } catch (error) {
    // Whether a commit that broke off took effect is unknown: none is run again.
    if (committing) for (const one of group) one.reject(error);
    else for (const one of group) await writeAlone(database, one);
    return;
  }
  for (const tell of done) tell();
  // Nothing of these is there: alone, each fails with its own error.
  for (const one of failed) await writeAlone(database, one);
}

async function writeAlone(database: Database, { work, resolve, reject }: Waiting): Promise<void> {
  try {
    resolve(await database.write(work));
  } catch (error) {
    reject(error);
  }
}
