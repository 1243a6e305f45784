import type { InspectStackInput, InspectStackResult } from './inspect-inputs.ts';
import { onOneWorker } from './on-one-worker.ts';

/**
 * Looks at what a stack has, `repo/<repo>/inspect/<key>`, and keeps it in the store. Changes nothing, so that it needs no lock;
 * who asks meanwhile joins it.
 * @throws ApplicationFailure `inspect_unsupported`, `stack_not_found`, `no_worker`, `wrong_workflow_id`, and as a plan
 */
export async function inspectStack(input: InspectStackInput): Promise<InspectStackResult> {
  const step = { verb: 'inspect', startToCloseTimeout: '5 minutes' } as const;
  return await onOneWorker(step, input, (tools) => tools.inspectStack(input));
}
