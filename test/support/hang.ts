import type { PlanContext } from '../../src/drivers/driver.ts';
import { PlumblineError } from '../../src/util/errors.ts';

/** A plan that goes on until it is told to stop. */
export async function hang({ signal }: PlanContext): Promise<never> {
  return await new Promise((_, reject) => {
    const stop = () => reject(new PlumblineError('cancelled', 'The tool was stopped.'));
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop);
  });
}
