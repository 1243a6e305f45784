import { withdrawLostRoles } from '../../api/lost-roles.ts';
import { wakeApproval } from '../../temporal/requests.ts';
import type { TemporalConnection } from '../../workers/connect.ts';
import { syncSchedules } from '../../workers/schedules.ts';
import { type Follower, wakeNeedless } from './wake-needless.ts';

/**
 * Makes what is there follow a config that was loaded: first what people without their role have approved, then approvals that
 * nobody needs any more, then schedules. Each is done although another fails. Safe to run again.
 * @throws the first failure, once all were tried
 */
export async function followConfig(
  follower: Follower,
  temporal: Pick<TemporalConnection, 'client'>,
): Promise<void> {
  const failures: unknown[] = [];
  for (const follow of [followRoles, wakeNeedless, followSchedules]) {
    try {
      await follow(follower, temporal);
    } catch (error) {
      follower.log.warn({ err: error, step: follow.name }, 'The loaded config is not followed in full');
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}

/** What somebody has approved falls with their role. */
async function followRoles(
  { store, log, settings }: Follower,
  { client }: Pick<TemporalConnection, 'client'>,
): Promise<void> {
  const target = { client, taskQueue: settings.temporal.taskQueue };
  await withdrawLostRoles({
    store,
    log,
    auth: settings.auth,
    clock: { now: () => new Date() },
    wake: ({ id, repo, stackKey: key, digest }) =>
      wakeApproval(target, { repo, key, signal: { approval_id: id, digest } }),
  });
}

async function followSchedules(
  { settings, log }: Follower,
  { client }: Pick<TemporalConnection, 'client'>,
): Promise<void> {
  await syncSchedules(client, settings.published, { taskQueue: settings.temporal.taskQueue, log });
}
