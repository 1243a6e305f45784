import type { CommitRangeFacts } from './commits/range-facts.ts';

/** Ranges of commits that were read: what lies between two commits never changes. */
export interface RangeCache {
  get(key: string): CommitRangeFacts | undefined;
  put(key: string, facts: CommitRangeFacts): void;
}

/** Keeps the `most` that were asked for last. */
export function createRangeCache(most: number): RangeCache {
  const kept = new Map<string, CommitRangeFacts>();
  const put = (key: string, facts: CommitRangeFacts): void => {
    kept.delete(key);
    kept.set(key, facts);
    for (const oldest of [...kept.keys()].slice(0, -most)) kept.delete(oldest);
  };
  return {
    get: (key) => {
      const facts = kept.get(key);
      if (facts) put(key, facts);
      return facts;
    },
    put,
  };
}
