/** A number of places that work can take; the rest waits in order, what is urgent before all that is not. */
export interface Slots {
  /**
   * Runs `work` as soon as a place is free.
   * @throws the signal's reason when waiting was cancelled, and whatever `work` throws
   */
  run<T>(signal: AbortSignal, work: () => Promise<T>, options?: { urgent?: boolean }): Promise<T>;
}

/** Makes places for `count` works at once. */
export function createSlots(count: number): Slots {
  let free = count;
  const urgentOnes = new Set<() => void>();
  const others = new Set<() => void>();

  const take = async (signal: AbortSignal, urgent: boolean): Promise<void> => {
    signal.throwIfAborted();
    if (free > 0) {
      free -= 1;
      return;
    }
    const waiting = urgent ? urgentOnes : others;
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
    const waiting = urgentOnes.size > 0 ? urgentOnes : others;
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
    run: async (signal, work, { urgent = false } = {}) => {
      await take(signal, urgent);
      try {
        return await work();
      } finally {
        giveBack();
      }
    },
  };
}
