import { emergencyCovers, emergencyText } from '../domain/approvals/decision-text.ts';
import type { Job, Task } from '../domain/task.ts';
import type { ActivityDeps } from './deps.ts';
import type { TaskRequest } from './types.ts';

/** Whether it is an emergency: only with the API's signature, for this very task and this very stack. */
export function isEmergency(
  { verifySigned }: Pick<ActivityDeps, 'verifySigned'>,
  { task, job }: { task: Pick<Task, 'id' | 'repo'>; job: Pick<Job, 'stackKey'> },
  { emergency }: { emergency?: TaskRequest['emergency'] | undefined },
  environment: string | null,
): boolean {
  if (!emergency || !verifySigned) return false;
  const { signature, ...said } = emergency;
  if (!emergencyCovers(said, { environment, stackKey: job.stackKey })) return false;
  return verifySigned(emergencyText({ ...said, repo: task.repo, taskId: task.id }), signature);
}
