import type { Failure } from './task.ts';

/** A server says something each minute, be it only that nothing has changed. */
const SILENT_AFTER_MS = 180_000;
/** A watch that has just begun may not have heard anything yet. */
const BEGINNING_MS = 30_000;

/** A watch as its worker keeps it; times ISO 8601. */
export interface WatchFacts {
  since: string;
  expiresAt: string;
  aliveAt: string | null;
  error: Failure | null;
}

/**
 * How a watch does: `failing`, all of it or a part can't be watched; `silent`, nothing was heard for too long; `unkept`, its
 * worker has gone and no other has come.
 */
export type WatchHealth = 'ok' | 'failing' | 'silent' | 'unkept';

/** How a watch does at this moment. */
export function watchHealth({ since, expiresAt, aliveAt, error }: WatchFacts, now: Date): WatchHealth {
  const age = (at: string): number => now.getTime() - Date.parse(at);
  if (age(expiresAt) > 0) return 'unkept';
  if (error !== null) return 'failing';
  const isSilent = aliveAt === null ? age(since) > BEGINNING_MS : age(aliveAt) > SILENT_AFTER_MS;
  return isSilent ? 'silent' : 'ok';
}
