import { PlumblineError } from '../../util/errors.ts';

/** The signals that a process of Plumbline answers to. */
export interface Signals {
  /** Aborted with a PlumblineError `stopped` by the same signal: for those who wait while the process starts. */
  stopping: AbortSignal;
  /** Resolves with the name of the first signal that asks the process to end. */
  stop: Promise<NodeJS.Signals>;
  /** Calls `reload` on each SIGHUP; at once when one came before. */
  onReload(reload: () => void): void;
  dispose(): void;
}

/** Listens for SIGTERM and SIGINT (end) and SIGHUP (reload). A second SIGINT ends the process at once. */
export function listenForSignals(): Signals {
  const { promise, resolve } = Promise.withResolvers<NodeJS.Signals>();
  const stopping = new AbortController();
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping.signal.aborted && signal === 'SIGINT') process.exit(130);
    stopping.abort(new PlumblineError('stopped', `Asked to end (${signal}) before the start was over.`));
    resolve(signal);
  };
  let reload: (() => void) | undefined;
  let early = false;
  const hangUp = (): void => {
    if (reload) reload();
    else early = true;
  };
  process.on('SIGTERM', stop).on('SIGINT', stop).on('SIGHUP', hangUp);
  return {
    stop: promise,
    stopping: stopping.signal,
    onReload: (fn) => {
      reload = fn;
      if (early) fn();
      early = false;
    },
    dispose: () => {
      process.off('SIGTERM', stop).off('SIGINT', stop).off('SIGHUP', hangUp);
    },
  };
}
