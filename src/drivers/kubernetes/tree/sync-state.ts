import type { RawChange } from '../../../domain/change.ts';
import type { SyncState } from '../../../domain/resources/resource.ts';

/**
 * Where a declared object stands. One that is not live is missing, whatever the reason; one that could not be compared is not
 * known to be anything.
 */
export function syncStateOf({
  isLive,
  change,
  couldCompare,
}: {
  isLive: boolean;
  change: Pick<RawChange, 'cause'> | null;
  couldCompare: boolean;
}): SyncState {
  if (!couldCompare) return 'unknown';
  if (!isLive) return 'missing';
  if (change === null) return 'synced';
  return change.cause === 'pending' ? 'pending' : 'drifted';
}
