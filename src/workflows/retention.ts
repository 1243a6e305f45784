import { proxyActivities } from '@temporalio/workflow';
import type { UpkeepActivities } from '../activities/types.ts';
import type { RetentionInput, RetentionResult } from './trigger-inputs.ts';

const upkeep = proxyActivities<UpkeepActivities>({
  startToCloseTimeout: '2 hours',
  heartbeatTimeout: '2 minutes',
  retry: { initialInterval: '10 seconds', maximumInterval: '5 minutes', maximumAttempts: 10 },
});

/** Forgets ended tasks, their jobs and artifacts after `keep_days`; each stack's last result stays. */
export async function retention(input: RetentionInput): Promise<RetentionResult> {
  return await upkeep.forgetOld(input);
}
