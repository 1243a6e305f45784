import { shownResources, type ShownResources } from '../domain/resources/known-resources.ts';
import type { Failure, StackState } from '../domain/task.ts';
import { PlumblineError } from '../util/errors.ts';
import { createSingleFlight } from '../util/single-flight.ts';
import type { ApiDeps } from './deps.ts';

/** What is wanted of a look. */
export interface WantedLook {
  /** What is known is new enough below this age; null: whatever is known is. */
  maxAgeMs: number | null;
  /** Also what nobody declared. */
  orphans: boolean;
}

/** What is known after a look, and why that is not newer. */
export interface Seen {
  shown: ShownResources | null;
  problem: Failure | null;
}

/** Looks at what stacks have: all who watch one share one look. What was known before stays where a look fails. */
export interface Looks {
  at(stack: StackState, wanted: WantedLook): Promise<Seen>;
}

/** Makes the looks of one app. */
export function createLooks(deps: Pick<ApiDeps, 'store' | 'temporal' | 'clock'>): Looks {
  const flights = createSingleFlight<Failure | null>();
  return {
    at: async (stack, wanted) => {
      const known = await deps.store.resources.get(stack.repo, stack.key);
      const looked = known.looked;
      const isNew =
        looked !== null &&
        deps.clock.now().getTime() - Date.parse(looked.at) < (wanted.maxAgeMs ?? 0) &&
        (!wanted.orphans || looked.orphans !== null);
      if (isNew || wanted.maxAgeMs === null) return { shown: shownResources(known), problem: null };
      const { orphans } = wanted;
      const name = JSON.stringify([stack.repo, stack.key, orphans]);
      const problem = await flights.run(name, () => look(deps, stack, orphans));
      const now = await deps.store.resources.get(stack.repo, stack.key);
      return { shown: problem === null ? (now.looked ?? shownResources(now)) : shownResources(now), problem };
    },
  };
}

/** Why it failed; null: what was found is in the store. One that was joined may not have looked for all that is wanted. */
async function look(
  { store, temporal }: Pick<ApiDeps, 'store' | 'temporal'>,
  { repo, key }: StackState,
  orphans: boolean,
): Promise<Failure | null> {
  const [job] = await store.jobs.listByStack(repo, key, 1);
  const input = { repo, key, ...(orphans ? { orphans } : {}), ...(job ? { queue: job.queue } : {}) };
  try {
    const found = await temporal.inspect(input);
    if (orphans && found.orphans === null) await temporal.inspect(input);
    return null;
  } catch (error) {
    if (!(error instanceof PlumblineError)) throw error;
    return { code: error.code, message: error.message };
  }
}
