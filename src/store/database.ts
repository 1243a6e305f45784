import { setTimeout as delay } from 'node:timers/promises';
import type { Kysely, Transaction } from 'kysely';
import { PlumblineError } from '../util/errors.ts';
import type { StoreKind } from './store.ts';
import type { Tables } from './tables.ts';

/** What the repositories need of a database: the same on PostgreSQL and SQLite. */
export interface Database {
  readonly kind: StoreKind;
  /** Runs reading queries; they may be run again when the connection broke. */
  read<T>(queries: (db: Kysely<Tables>) => Promise<T>): Promise<T>;
  /**
   * Runs `work` in one writing transaction. It runs again from its start when the database asked for that (a conflict
   * with another transaction) or the connection broke before the commit, so it must have no effect outside `trx`.
   */
  write<T>(work: (trx: Transaction<Tables>) => Promise<T>): Promise<T>;
  /** Runs `work` on one unchanging view of the data, while others go on writing. */
  snapshot<T>(work: (trx: Transaction<Tables>) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** How errors of one kind of database are to be taken. */
export interface Faults {
  /** `conflict`: run the transaction again. `disconnected`: the connection broke or can't be made. */
  classify(error: unknown): 'conflict' | 'disconnected' | 'other';
  /** The error that callers see: with a code, and without the password. */
  describe(error: unknown): PlumblineError;
}

const CONFLICT_ATTEMPTS = 8;
const RECONNECT_DELAYS_MS = [50, 200, 500, 1000, 2000];

/** Wraps a Kysely instance with the retries that its kind of database needs. */
export function createDatabase(kysely: Kysely<Tables>, kind: StoreKind, faults: Faults): Database {
  return {
    kind,
    read: (queries) => retrying(faults, () => queries(kysely), { mayRepeat: () => true }),
    write: (work) => {
      let committing = false;
      const attempt = () => {
        committing = false;
        return kysely.transaction().execute(async (trx) => {
          const result = await work(trx);
          committing = true;
          return result;
        });
      };
      // Whether a commit that broke off took effect is unknown: running it again could count twice.
      return retrying(faults, attempt, { mayRepeat: () => !committing });
    },
    snapshot: (work) =>
      retrying(
        faults,
        () =>
          kysely.transaction().setIsolationLevel('repeatable read').setAccessMode('read only').execute(work),
        { mayRepeat: () => false },
      ),
    close: () => kysely.destroy(),
  };
}

async function retrying<T>(
  faults: Faults,
  attempt: () => Promise<T>,
  options: { mayRepeat: () => boolean },
): Promise<T> {
  let conflicts = 0;
  let breaks = 0;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (error instanceof PlumblineError) throw error;
      const fault = faults.classify(error);
      if (fault === 'conflict' && conflicts < CONFLICT_ATTEMPTS) {
        conflicts += 1;
        await delay(Math.random() * 10 * 2 ** conflicts);
      } else if (fault === 'disconnected' && options.mayRepeat() && breaks < RECONNECT_DELAYS_MS.length) {
        await delay(RECONNECT_DELAYS_MS[breaks]);
        breaks += 1;
      } else {
        throw faults.describe(error);
      }
    }
  }
}
