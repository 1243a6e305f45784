import { proxyLocalActivities } from '@temporalio/workflow';
import type { LightActivities } from '../activities/types.ts';

/**
 * Short steps with the store: local activities, so that a child costs the history one marker instead of three
 * events. They are tried until the store answers; what can't be mended that way comes as non-retryable.
 */
export const light = proxyLocalActivities<LightActivities>({
  startToCloseTimeout: '30 seconds',
  retry: { initialInterval: '250 milliseconds', backoffCoefficient: 2, maximumInterval: '15 seconds' },
});
