import type { DecidedStack } from '../activities/types.ts';
import type { ApplyWindow } from './apply-window.ts';
import { light } from './light.ts';
import { showTask } from './show-task.ts';

/** Notes that a stack is not applied, and why. */
export async function block(
  window: ApplyWindow,
  { job_id }: DecidedStack,
  because: { blocked_by: string[]; reason: string },
): Promise<void> {
  await light.blockStack({ job_id, ...because });
  window.progress.blocked = (window.progress.blocked ?? 0) + 1;
  showTask(window, 'running');
}
