import { LIVE_STATUSES, MOST_APPROVALS } from '../../domain/approvals/approval.ts';
import { wakeApproval } from '../../temporal/requests.ts';
import { whyGone } from '../../domain/approvals/needless.ts';
import type { Settings, TemporalSettings } from '../../domain/settings.ts';
import type { TemporalConnection } from '../../workers/connect.ts';
import type { Boot } from './boot.ts';

/** What follows a config that was loaded. */
export interface Follower extends Pick<Boot, 'store' | 'log'> {
  settings: Pick<Settings, 'auth' | 'published'> & { temporal: Pick<TemporalSettings, 'taskQueue'> };
}

/**
 * Wakes the approvals whose repo, stack or environment a new config has left out, so that they end. One that
 * can't be told finds out by itself, later. Safe to run again.
 */
export async function wakeNeedless(
  { store, settings, log }: Follower,
  { client }: Pick<TemporalConnection, 'client'>,
): Promise<void> {
  const target = { client, taskQueue: settings.temporal.taskQueue };
  const statuses = LIVE_STATUSES;
  for (const approval of await store.approvals.list({ statuses, limit: MOST_APPROVALS })) {
    const { id, repo, stackKey: key, digest } = approval;
    if (whyGone(approval, settings.published, await store.stacks.get(repo, key)) === undefined) continue;
    try {
      await wakeApproval(target, { repo, key, signal: { approval_id: id, digest } });
    } catch (error) {
      log.warn(
        { err: error, repo, stack: key },
        'An approval could not be told that nobody needs it any more',
      );
    }
  }
}
