/** A number of places that work can take; the rest waits in order. */
export interface Slots {
  /**
   * Runs `work` as soon as a place is free.
   * @throws the signal's reason when waiting was cancelled, and whatever `work` throws
   */
  run<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T>;
}

/** Makes places for `count` works at once. */
export function createSlots(count: number): Slots {
  let free = count;
  const waiting = new Set<() => void>();

  const take = async (signal: AbortSignal): Promise<void> => {
    signal.throwIfAborted();
    if (free > 0) {
      free -= 1;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const enter = () => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const leave = () => {
        waiting.delete(enter);
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', leave, { once: true });
      waiting.add(enter);
    });
  };
  const giveBack = (): void => {
    const [next] = waiting;
    if (next === undefined) {
      free += 1;
      return;
    }
    // The place goes from hand to hand, so that nobody who comes later gets in between.
    waiting.delete(next);
    next();
  };
  return {
    run: async (signal, work) => {
      await take(signal);
      try {
        return await work();
      } finally {
        giveBack();
      }
    },
  };
}
