import type { UnlockStackInput, UnlockStackResult } from './inputs.ts';
import { onOneWorker } from './on-one-worker.ts';

/**
 * Looks at the lock of a stack's state, `repo/<repo>/unlock/<key>`, and with `release` releases it where a dead worker of
 * Plumbline's own has left it. One at a time for each stack; refused while the repo's task may apply.
 * @throws ApplicationFailure `lock_foreign`, `lock_changed`, `lock_in_use`, `unlock_unsupported`, `stack_not_found`,
 *   `no_worker`, `wrong_workflow_id`
 */
export async function unlockStack(input: UnlockStackInput): Promise<UnlockStackResult> {
  const step = { verb: 'unlock', startToCloseTimeout: '30 minutes' } as const;
  return await onOneWorker(step, input, (tools) => tools.unlockStack(input));
}
