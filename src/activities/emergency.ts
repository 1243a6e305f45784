import { emergencyCovers, emergencyText } from '../domain/approvals/decision-text.ts';
import { isEmergencyTime } from '../domain/approvals/signed-time.ts';
import type { Job, Task } from '../domain/task.ts';
import type { ActivityDeps } from './deps.ts';
import { hasLostRole } from './lost-words.ts';
import type { TaskRequest } from './types.ts';

/**
 * Whether it is an emergency: only with the API's signature, for this very task and this very stack, and not for longer than
 * `EMERGENCY_LIFE_MS`. Whether the role behind it is still there is for `hasLostGlass` to say.
 */
export function isEmergency(
  { verifySigned, now }: Pick<ActivityDeps, 'verifySigned' | 'now'>,
  { task, job }: { task: Pick<Task, 'id' | 'repo'>; job: Pick<Job, 'stackKey'> },
  { emergency }: { emergency?: TaskRequest['emergency'] | undefined },
  environment: string | null,
): boolean {
  if (!emergency || !verifySigned) return false;
  const { signature, ...said } = emergency;
  if (!isEmergencyTime(said.at, now())) return false;
  if (!emergencyCovers(said, { environment, stackKey: job.stackKey })) return false;
  return verifySigned(emergencyText({ ...said, repo: task.repo, taskId: task.id }), signature);
}

/** Whether the config has taken from whoever ordered an emergency, since they did, the role to do so there. */
export async function hasLostGlass(
  deps: Pick<ActivityDeps, 'store'>,
  place: { repo: string; environment: string | null },
  { emergency }: { emergency?: TaskRequest['emergency'] | undefined },
): Promise<boolean> {
  return emergency !== undefined && (await hasLostRole(deps, place, emergency, 'break_glass'));
}
