/** A value that many ask for and one load serves. */
export interface SharedLoad<T> {
  get: () => Promise<T>;
  /** The next `get` loads anew. */
  forget: () => void;
}

/** One load at a time, kept for `maxAgeMs` from the moment it began; a failed load is not kept. */
export function sharedLoad<T>(load: () => Promise<T>, maxAgeMs: number, nowMs: () => number): SharedLoad<T> {
  let current: { value: Promise<T>; begunAt: number } | undefined;
  return {
    get: () => {
      const at = nowMs();
      if (current && at - current.begunAt < maxAgeMs) return current.value;
      const mine = { value: load(), begunAt: at };
      current = mine;
      mine.value.catch(() => {
        if (current === mine) current = undefined;
      });
      return mine.value;
    },
    forget: () => {
      current = undefined;
    },
  };
}
