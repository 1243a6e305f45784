import { PlumblineError } from '../util/errors.ts';

/** An error of the command line itself: ends with exit code 2. */
export function usageError(message: string): PlumblineError {
  return new PlumblineError('usage', message);
}
