import { readFile, rm, stat } from 'node:fs/promises';
import type { StateLock } from '../../../domain/stack.ts';
import { PlumblineError } from '../../../util/errors.ts';
import type { ApplyContext, PlanContext } from '../../driver.ts';
import { runTool } from '../session.ts';
import { lockInfoPath } from '../state-lock.ts';
import { localState, lockHeld, lockSentence, presentLock } from './present-lock.ts';
import type { StackMaker } from './ready-stack.ts';

/** Who holds the state's lock; see `Driver.stateLock`. */
export async function stateLockOf(maker: StackMaker, context: PlanContext): Promise<StateLock | null> {
  return await maker.inStack(context, (stack) => presentLock(stack));
}

/**
 * Releases the state's lock, if it is that one; see `Driver.unlock`. A lock that is gone already is no error. A local state's
 * lock can't be forced by the tool: what its dead holder left beside the state is removed.
 */
export async function unlockStack(maker: StackMaker, context: ApplyContext, lock: StateLock): Promise<void> {
  await maker.inStack(context, async (stack) => {
    const present = await presentLock(stack);
    if (present === null) return;
    if (present.id !== lock.id)
      throw new PlumblineError(
        'lock_changed',
        `The lock ${lock.id} is gone, and there is another one by now. ${lockSentence(context.stack.key, present)}`,
        { details: { lock: present } },
      );
    const local = localState(stack);
    if (local !== undefined) return await removeLocalLock(context, local, present);
    const { session } = stack;
    const released = await runTool(session, ['force-unlock', '-no-color', '-force', lock.id], {
      step: 'unlock',
      data: true,
    });
    if (released.exitCode === 0) return;
    throw new PlumblineError(
      'unlock_failed',
      `The lock ${lock.id} could not be released: ${session.redact(released.stderr.trim()).slice(-1000)}`,
      { retryable: true },
    );
  });
}

async function removeLocalLock(context: ApplyContext, state: string, lock: StateLock): Promise<void> {
  if (await isLockedByProcess(state)) throw lockHeld(context.stack.key, lock);
  await rm(lockInfoPath(state), { force: true });
}

/** Whether a process of this machine holds the system's lock on a file, which is what really locks a local state. */
export async function isLockedByProcess(path: string): Promise<boolean> {
  const inode = await stat(path).then(
    (found) => found.ino,
    () => undefined,
  );
  const locks = await readFile('/proc/locks', 'utf8').catch(() => '');
  return inode !== undefined && locks.split('\n').some((line) => line.includes(`:${inode} `));
}
