import { createSingleFlight } from '../util/single-flight.ts';

/** Tips of branches that the host was asked for lately. */
export interface RecentTips<T> {
  /**
   * What `work` gives, or gave, or failed with, no longer than `maxAgeMs` ago. Who asks while others wait for the answer shares it.
   * A request that everybody has left is not kept.
   */
  ask(
    key: string,
    maxAgeMs: number,
    work: (signal: AbortSignal) => Promise<T>,
    options?: { signal?: AbortSignal | undefined },
  ): Promise<T>;
}

interface Known<T> {
  atMs: number;
  answer: { tip: T } | { error: unknown };
}

/**
 * Keeps the `most` that were asked for last.
 * @param now a clock that never goes back, in ms
 */
export function createRecentTips<T>(most: number, now: () => number): RecentTips<T> {
  const known = new Map<string, Known<T>>();
  const flights = createSingleFlight<T>();

  const keep = (key: string, one: Known<T>): void => {
    known.delete(key);
    known.set(key, one);
    for (const oldest of [...known.keys()].slice(0, -most)) known.delete(oldest);
  };
  const ask = async (
    key: string,
    work: (signal: AbortSignal) => Promise<T>,
    signal: AbortSignal,
  ): Promise<T> => {
    // As old as the question: the host may have looked at once, and taken its time to say so.
    const atMs = now();
    try {
      const tip = await work(signal);
      keep(key, { atMs, answer: { tip } });
      return tip;
    } catch (error) {
      // As old as the answer: what has just failed after a long wait is not waited for by each in turn.
      if (!signal.aborted) keep(key, { atMs: now(), answer: { error } });
      throw error;
    }
  };

  return {
    ask: async (key, maxAgeMs, work, { signal } = {}) => {
      const last = known.get(key);
      if (last === undefined || now() - last.atMs > maxAgeMs)
        return await flights.run(
          key,
          (flight) => ask(key, work, flight),
          signal === undefined ? {} : { signal },
        );
      if ('error' in last.answer) throw last.answer.error;
      return last.answer.tip;
    },
  };
}
