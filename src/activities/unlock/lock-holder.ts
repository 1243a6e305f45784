import type { Attempt } from '../../domain/attempt.ts';
import { isLockOf } from '../../domain/lock-owner.ts';
import type { StateLock } from '../../domain/stack.ts';
import type { ActivityDeps } from '../deps.ts';

/** Whose a state's lock is, as far as can be told. */
export interface LockHolder {
  /** The attempt whose tool took it; null when it is somebody else's, or when there is none. */
  attempt: Attempt | null;
  /** Whether an operator may release it: only what a dead worker of Plumbline's own has left. */
  releasable: boolean;
  /** A sentence for people. */
  why: string;
}

/** Finds the attempt that has left a lock, and whether its worker and its tool are dead. */
export async function holderOf(
  deps: ActivityDeps,
  lockTtlMs: number,
  lock: StateLock | null,
  attempts: readonly Attempt[],
): Promise<LockHolder> {
  if (lock === null) return { attempt: null, releasable: false, why: 'Nobody holds the lock of the state.' };
  const attempt = attempts.find((each) => isLockOf(lock, each)) ?? null;
  const since = lock.created === '' ? '' : ` since ${lock.created}`;
  const who = lock.who === '' ? 'somebody whom the backend does not name' : lock.who;
  if (attempt === null) {
    const why = `The state is locked by ${who}${since}, which no attempt of Plumbline's is known to have done: whoever did it has to release it.`;
    return { attempt, releasable: false, why };
  }
  const { host, pid } = attempt.tool ?? attempt.worker;
  const named = `attempt ${attempt.id} (process ${pid} of ${host}, begun at ${attempt.startedAt})`;
  const life = await lifeOf(deps, lockTtlMs, attempt);
  const says = {
    alive: `The state is locked by ${named}, which still runs.`,
    unsure: `The state is locked by ${named}. From here nobody can tell yet whether it still runs.`,
    dead: `The state lock was left by ${named}, which is dead.`,
  };
  return { attempt, releasable: life === 'dead', why: says[life] };
}

/** What can't be looked at from here counts as dead once it was silent for the life of a lock, or has ended. */
async function lifeOf(
  { processes, store, now }: ActivityDeps,
  lockTtlMs: number,
  attempt: Attempt,
): Promise<'alive' | 'unsure' | 'dead'> {
  // The worker of an attempt that has ended may live on: its tool is what counts.
  const own = [
    ...(attempt.status === 'started' ? [attempt.worker] : []),
    ...(attempt.tool ? [attempt.tool] : []),
  ];
  const states = await Promise.all(own.map((process) => processes.state(process)));
  if (states.includes('running')) return 'alive';
  // A tool that was started but not yet on record when its worker was killed.
  if (attempt.tool === null && attempt.outputPath !== null && (await processes.writes(attempt.outputPath)))
    return 'alive';
  if (!states.includes('unknown')) return 'dead';
  const lease = await store.attempts.lease(attempt.repo, attempt.stackKey);
  if (lease?.attemptId !== attempt.id) return 'dead';
  return now().getTime() - Date.parse(lease.renewedAt) > lockTtlMs ? 'dead' : 'unsure';
}
