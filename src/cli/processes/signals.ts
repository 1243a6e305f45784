/** The signals that a process of Plumbline answers to. */
export interface Signals {
  /** Resolves with the name of the first signal that asks the process to end. */
  stop: Promise<NodeJS.Signals>;
  /** Calls `reload` on each SIGHUP. */
  onReload(reload: () => void): void;
  dispose(): void;
}

/** Listens for SIGTERM and SIGINT (end) and SIGHUP (reload). A second SIGINT ends the process at once. */
export function listenForSignals(): Signals {
  const { promise, resolve } = Promise.withResolvers<NodeJS.Signals>();
  let asked = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (asked && signal === 'SIGINT') process.exit(130);
    asked = true;
    resolve(signal);
  };
  let reload: () => void = () => undefined;
  const hangUp = (): void => reload();
  process.on('SIGTERM', stop).on('SIGINT', stop).on('SIGHUP', hangUp);
  return {
    stop: promise,
    onReload: (fn) => {
      reload = fn;
    },
    dispose: () => {
      process.off('SIGTERM', stop).off('SIGINT', stop).off('SIGHUP', hangUp);
    },
  };
}
