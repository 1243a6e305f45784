export interface SingleFlight<T> {
  /**
   * Runs `work` unless the same key's work is under way, whose result is shared then. Nothing is kept afterwards.
   * `signal` makes only this caller leave; the work itself is aborted when everybody has left.
   */
  run(key: string, work: (signal: AbortSignal) => Promise<T>, options?: { signal?: AbortSignal }): Promise<T>;
}

interface Flight<T> {
  result: Promise<T>;
  controller: AbortController;
  passengers: number;
}

/** Makes what is asked for several times at once in this process happen once. Across processes: `withFileLock`. */
export function createSingleFlight<T>(): SingleFlight<T> {
  const flights = new Map<string, Flight<T>>();

  const start = (key: string, work: (signal: AbortSignal) => Promise<T>): Flight<T> => {
    const controller = new AbortController();
    const flight: Flight<T> = { controller, passengers: 0, result: work(controller.signal) };
    flights.set(key, flight);
    const land = () => {
      if (flights.get(key) === flight) flights.delete(key);
    };
    flight.result.then(land, land);
    return flight;
  };

  return {
    run: async (key, work, options = {}) => {
      options.signal?.throwIfAborted();
      const flight = flights.get(key) ?? start(key, work);
      flight.passengers += 1;
      try {
        return await untilAborted(flight.result, options.signal);
      } finally {
        flight.passengers -= 1;
        if (flight.passengers === 0) {
          // Whoever comes now starts anew instead of sharing a cancelled flight.
          if (flights.get(key) === flight) flights.delete(key);
          flight.controller.abort();
        }
      }
    },
  };
}

/** Waits for a result that others may wait for, too. @throws the signal's reason when this caller has to leave before */
export async function untilAborted<T>(result: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return await result;
  let onAbort: () => void = () => undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([result, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
