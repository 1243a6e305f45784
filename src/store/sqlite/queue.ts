/** Lets one user in at a time, in the order they came. */
export interface Queue {
  enter(): Promise<void>;
  leave(): void;
}

/** A queue that nobody is in. */
export function createQueue(): Queue {
  const waiting: (() => void)[] = [];
  let taken = false;
  return {
    async enter() {
      if (!taken) {
        taken = true;
        return;
      }
      await new Promise<void>((resolve) => {
        waiting.push(resolve);
      });
    },
    leave() {
      const next = waiting.shift();
      if (next) next();
      else taken = false;
    },
  };
}
