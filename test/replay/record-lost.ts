import { runLostApply } from '../support/lost-apply.ts';
import type { TestTemporal } from '../support/temporal.ts';
import { save } from './recorder.ts';

/** A lost apply whose recovery follows its environment's queue to a new name. */
export async function recordLost(on: TestTemporal): Promise<void> {
  const name = 'lost';
  await runLostApply(on, { name, renamed: 'meanwhile' });
  await save(on, 'apply-renamed-queue', `repo/${name}/apply/envs/prod`);
}
