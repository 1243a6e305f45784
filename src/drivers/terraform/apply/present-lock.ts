import { setTimeout as delay } from 'node:timers/promises';
import type { StateLock } from '../../../domain/stack.ts';
import { PlumblineError } from '../../../util/errors.ts';
import { runTool } from '../session.ts';
import { localStatePath, readStateLock } from '../state-lock.ts';
import { lockInText } from './lock-text.ts';
import type { ReadyStack } from './ready-stack.ts';

const POLL_MS = 250;
/** An address that nothing has: the command below then has nothing to do but to take the lock and to release it. */
const NOTHING = 'terraform_data.plumbline_looks_at_the_lock';
/** What the tool says after it had the lock: before the first apply there is no state to look into. */
const NO_STATE = /No state file was found/;

/**
 * Who holds the state's lock now. A local state says so beside it, also when the holder was killed. Any other backend tells
 * it only to one who tries to take the lock, so this does, for a moment, with a dry run that writes nothing.
 * @returns null when nobody holds it
 * @throws PlumblineError those of `runTool`
 */
export async function presentLock(stack: ReadyStack, waitMs = 0): Promise<StateLock | null> {
  return (await lookForLock(stack, waitMs)) ?? null;
}

/** The same; undefined when the backend does not say. Whoever wants to be sure that nobody holds it must not go by `presentLock`. */
export async function lookForLock(stack: ReadyStack, waitMs = 0): Promise<StateLock | null | undefined> {
  const { session, backend, stateFolder } = stack;
  const { context } = session;
  if (localState(stack) === undefined) return await askForLock(stack, waitMs);
  const until = performance.now() + waitMs;
  for (;;) {
    const lock = await readStateLock(backend, stateFolder, context.stack.workspace);
    const left = until - performance.now();
    if (lock === null || left <= 0 || context.signal.aborted) return lock;
    await delay(Math.min(POLL_MS, left));
  }
}

/** Absolute path of the local backend's state; undefined for any other backend. */
export function localState(stack: ReadyStack): string | undefined {
  return localStatePath(stack.backend, stack.stateFolder, stack.session.context.stack.workspace);
}

async function askForLock({ session }: ReadyStack, waitMs: number): Promise<StateLock | null | undefined> {
  const args = ['state', 'rm', '-no-color', '-dry-run', `-lock-timeout=${seconds(waitMs)}`, NOTHING];
  const asked = await runTool(session, args, { step: 'lock', data: true });
  const said = `${asked.stderr}\n${asked.stdout}`;
  return asked.exitCode === 0 || NO_STATE.test(said) ? null : lockInText(said);
}

/** A time as Terraform's options take it; a part of a second counts as a whole one. */
export function seconds(ms: number): string {
  return `${Math.ceil(ms / 1000)}s`;
}

/** The error that says whose lock it is. `details.lock` holds it. */
export function lockHeld(stackKey: string, lock: StateLock): PlumblineError {
  return new PlumblineError('lock_held', lockSentence(stackKey, lock), {
    retryable: true,
    details: { lock },
  });
}

/** A sentence that says who holds a lock, as far as the backend tells. */
export function lockSentence(stackKey: string, lock: StateLock): string {
  const who = lock.who === '' ? 'somebody whom the backend does not name' : lock.who;
  const facts = [
    lock.operation === '' ? '' : `for ${lock.operation}`,
    lock.created === '' ? '' : `since ${lock.created}`,
    `lock ID ${lock.id === '' ? 'unknown' : lock.id}`,
  ].filter((fact) => fact !== '');
  return `The state of ${stackKey} is locked by ${who} (${facts.join(', ')}). Wait until that is done, or release the lock if its holder is dead.`;
}
