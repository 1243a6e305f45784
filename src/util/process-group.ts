import { readFile, readdir } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

const FIRST_POLL_MS = 5;
const SLOWEST_POLL_MS = 100;

/**
 * Sends a signal to every process of a group.
 * @returns false when the group has no process any more
 */
export function signalGroup(pgid: number, signal: NodeJS.Signals | 0): boolean {
  return signalProcess(-pgid, signal);
}

/** The same, to one process. */
export function signalProcess(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch (error) {
    // EPERM: it is there, but it belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * Whether a process of the group still runs. Zombies don't count: where nobody reaps orphans (a container
 * without an init) they would stay forever.
 */
export async function groupIsAlive(pgid: number): Promise<boolean> {
  if (!signalGroup(pgid, 0)) return false;
  if (process.platform !== 'linux') return true;
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const stat = await readFile(`/proc/${entry}/stat`, 'utf8').catch(() => '');
    const [state, , group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (Number(group) === pgid && state !== 'Z' && state !== 'X') return true;
  }
  return false;
}

/**
 * Waits until no process of the group runs any more.
 * @param timeoutMs how long at most; Infinity waits for good
 * @returns whether the group is gone
 */
export async function waitForGroupEnd(pgid: number, timeoutMs: number): Promise<boolean> {
  const until = performance.now() + timeoutMs;
  let pause = FIRST_POLL_MS;
  while (await groupIsAlive(pgid)) {
    const left = until - performance.now();
    if (left <= 0) return false;
    await delay(Math.min(pause, left));
    pause = Math.min(pause * 2, SLOWEST_POLL_MS);
  }
  return true;
}

/**
 * Ends a process group: SIGINT, then after the grace time SIGKILL, until nothing of it runs any more.
 * Safe to run again, and on a group that has ended.
 */
export async function endGroup(pgid: number, { graceMs }: { graceMs: number }): Promise<void> {
  if (!signalGroup(pgid, 'SIGINT')) return;
  if (await waitForGroupEnd(pgid, graceMs)) return;
  // Again and again, since a process may have forked between the signal and its end.
  do signalGroup(pgid, 'SIGKILL');
  while (!(await waitForGroupEnd(pgid, SLOWEST_POLL_MS)));
}
