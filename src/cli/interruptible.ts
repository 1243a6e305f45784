import { constants } from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs `work` with a signal that is aborted when the process is asked to end, and waits for it: programs that it has
 * started are in groups of their own, and would live on when this process just ended. Further signals change nothing.
 * @returns the result; or, when the process was asked to end meanwhile, the exit code that says so (130 after Ctrl-C)
 */
export async function interruptible<T>(
  work: (signal: AbortSignal) => Promise<T>,
): Promise<{ result: T } | { interrupted: number }> {
  const stop = new AbortController();
  let exitCode = 0;
  const onSignal = (signal: NodeJS.Signals): void => {
    exitCode ||= 128 + constants.signals[signal];
    stop.abort();
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  try {
    const result = await work(stop.signal);
    return stop.signal.aborted ? { interrupted: exitCode } : { result };
  } catch (error) {
    if (stop.signal.aborted) return { interrupted: exitCode };
    throw error;
  } finally {
    for (const signal of SIGNALS) process.off(signal, onSignal);
  }
}
