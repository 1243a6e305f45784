import { Cron } from 'croner';
import type { SyncWindow } from './policy.ts';

/** Whether syncs may run at a time, and why (not). */
export interface WindowState {
  open: boolean;
  /** A sentence part, such as `outside of every allowed window`; empty when there are no windows. */
  reason: string;
  /** When `open` changes next, ISO 8601; null: it does not, as far as can be seen. */
  nextChange: string | null;
}

/** A window with its schedule read. */
interface TimedWindow {
  window: SyncWindow;
  cron: Cron;
}

/** How many beginnings and ends are looked at in search of the next change. */
const LOOK_AHEAD = 50;

/**
 * Whether syncs are allowed at `now`. A deny window that is open wins; where allow windows exist, one of them must be open.
 * `manual`: a person asked, and passes where every window that is in the way says so. A window is open from its schedule's
 * time, in its time zone, for `durationMs` of elapsed time. A time that the clock skips in spring counts as the
 * hour after; one that it shows twice in autumn, as the first.
 * @throws Error for a schedule or a time zone that does not exist (the config refuses both)
 */
export function windowState(windows: readonly SyncWindow[], now: Date, manual: boolean): WindowState {
  if (windows.length === 0) return { open: true, reason: '', nextChange: null };
  const timed = windows.map(readWindow);
  const { open, reason } = judge(timed, now, manual);
  return { open, reason, nextChange: nextChange(timed, now, manual, open) };
}

/** Whether syncs are allowed at `now`, and nothing more: much cheaper than `windowState`. */
export function windowsOpen(windows: readonly SyncWindow[], now: Date, manual: boolean): boolean {
  return windows.length === 0 || judge(windows.map(readWindow), now, manual).open;
}

function readWindow(window: SyncWindow): TimedWindow {
  const { schedule, timeZone } = window;
  return { window, cron: new Cron(schedule, { mode: '5-part', paused: true, timezone: timeZone }) };
}

function judge(timed: readonly TimedWindow[], at: Date, manual: boolean): { open: boolean; reason: string } {
  const denying = timed.filter((each) => each.window.kind === 'deny' && isOpen(each, at));
  const allowing = timed.filter((each) => each.window.kind === 'allow');
  const inTheWay = allowing.some((each) => isOpen(each, at)) ? denying : [...denying, ...allowing];
  if (inTheWay.length === 0) return { open: true, reason: 'no window is in the way' };
  if (manual && inTheWay.every(({ window }) => window.manual))
    return { open: true, reason: 'the window is closed, but lets through what a person asks for' };
  const named = denying.length > 0 ? denying : allowing;
  const names = named.map(({ window }) => `"${window.schedule}" ${window.timeZone}`).join(', ');
  return {
    open: false,
    reason:
      denying.length > 0 ? `a deny window is open (${names})` : `outside of every allow window (${names})`,
  };
}

/** Whether the window's newest beginning is less than its duration ago. */
function isOpen({ window, cron }: TimedWindow, at: Date): boolean {
  const begins = cron.nextRun(new Date(at.getTime() - window.durationMs));
  return begins !== null && begins.getTime() <= at.getTime();
}

function nextChange(timed: readonly TimedWindow[], now: Date, manual: boolean, open: boolean): string | null {
  let at = now;
  for (let step = 0; step < LOOK_AHEAD; step++) {
    const edges = timed.flatMap((each) => edgesAfter(each, at));
    if (edges.length === 0) return null;
    at = new Date(Math.min(...edges));
    if (judge(timed, at, manual).open !== open) return at.toISOString();
  }
  return null;
}

/** The next beginning and the next end of a window after a time. */
function edgesAfter({ window, cron }: TimedWindow, at: Date): number[] {
  const begins = cron.nextRun(at)?.getTime();
  const begun = cron.nextRun(new Date(at.getTime() - window.durationMs))?.getTime();
  return [
    ...(begins === undefined ? [] : [begins]),
    ...(begun === undefined ? [] : [begun + window.durationMs]),
  ];
}
