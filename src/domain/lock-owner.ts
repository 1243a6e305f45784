import type { Attempt } from './attempt.ts';
import type { StateLock } from './stack.ts';

/** Clocks of two machines may differ by this much. */
const SKEW_MS = 60_000;

/** What of an attempt tells whether a lock is its tool's. */
export type LockingAttempt = Pick<Attempt, 'worker' | 'tool' | 'startedAt' | 'endedAt'>;

/**
 * Whether a state lock is one that an attempt's tool may have taken: on its host, and while it ran. A lock that names
 * nobody leaves only the suspicion, since it was locked in no other way that can be seen.
 */
export function mayBeLockOf(lock: StateLock, attempt: LockingAttempt): boolean {
  return (lock.who === '' || isOnHost(lock, attempt)) && isOfItsTime(lock, attempt);
}

/** The same for certain enough to release it: the lock names the host and the time. */
export function isLockOf(lock: StateLock, attempt: LockingAttempt): boolean {
  return !Number.isNaN(Date.parse(lock.created)) && isOnHost(lock, attempt) && isOfItsTime(lock, attempt);
}

/** `who` is `user@host`. */
function isOnHost({ who }: StateLock, { tool, worker }: LockingAttempt): boolean {
  return who !== '' && who.slice(who.lastIndexOf('@') + 1) === (tool ?? worker).host;
}

function isOfItsTime(lock: StateLock, { startedAt, endedAt }: LockingAttempt): boolean {
  const created = Date.parse(lock.created);
  if (Number.isNaN(created)) return true;
  if (created < Date.parse(startedAt) - SKEW_MS) return false;
  return endedAt === null || created <= Date.parse(endedAt) + SKEW_MS;
}
