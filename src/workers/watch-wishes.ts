import { setTimeout as delay } from 'node:timers/promises';
import { holdsStack } from '../domain/eligibility/hold.ts';
import { lookAt, recentLooks } from '../domain/watch-pace.ts';
import type { WatchedKey } from '../drivers/stack-watch.ts';
import type { Store } from '../store/store.ts';
import type { Logger } from '../util/log.ts';
import type { TriggerMetrics } from '../util/trigger-metrics.ts';
import type { RepoRequest } from '../workflows/inputs.ts';

const TICK_MS = 100;
/** Where the store or Temporal does not answer, it is tried again this much later. */
const AGAIN_MS = 2_000;
/** Where Plumbline is at work on a stack, it is looked at again this much later. */
const AT_WORK_MS = 3_000;
/** Objects that a log line names. */
const MOST_NAMED = 5;

/** What turning changes into scans needs. */
export interface WishOptions {
  store: Store;
  metrics: TriggerMetrics;
  log: Logger;
  /** ms since 1970. */
  nowMs: () => number;
  request: (repo: string, request: RepoRequest) => Promise<void>;
}

/** Changes that were told of, and are waiting to become scans. */
export interface Wishes {
  /** @param take what of the stack still differs when its time has come; each is told once */
  add(stack: WatchedKey & { environment: string | null }, take: () => string[]): void;
  /** Forgets what waits, and resolves when nothing is under way. */
  stop(): Promise<void>;
}

interface Wish extends WatchedKey {
  environment: string | null;
  firstMs: number;
  lastMs: number;
  take: () => string[];
  /** Not before this time, because an earlier try failed, or Plumbline was at work on the stack. */
  notBeforeMs: number;
  /** What an earlier try took. */
  taken: string[];
}

/**
 * Asks for scans of stacks that somebody changes: once the changes have settled, as one scan for all of a repo's stacks, and
 * not while Plumbline itself is at work on a stack. What is paused is left alone.
 */
export function createWishes(options: WishOptions): Wishes {
  const wishes = new Map<string, Wish>();
  const looks = new Map<string, number[]>();
  const stopping = new AbortController();
  let working: Promise<void> | undefined;
  const work = async (): Promise<void> => {
    while (wishes.size > 0 && !stopping.signal.aborted) {
      await serveDue(options, wishes, looks);
      if (wishes.size > 0)
        await delay(TICK_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
    working = undefined;
  };
  return {
    add: ({ repo, key, environment }, take) => {
      if (stopping.signal.aborted) return;
      const now = options.nowMs();
      const name = `${repo}/${key}`;
      const before = wishes.get(name) ?? { firstMs: now, notBeforeMs: 0, taken: [] };
      wishes.set(name, { ...before, repo, key, environment, lastMs: now, take });
      options.metrics.liveChange({ repo });
      working ??= work();
    },
    stop: async () => {
      stopping.abort();
      await working;
    },
  };
}

async function serveDue(
  options: WishOptions,
  wishes: Map<string, Wish>,
  looks: Map<string, number[]>,
): Promise<void> {
  const now = options.nowMs();
  const due = [...wishes].filter(
    ([name, wish]) => now >= Math.max(wish.notBeforeMs, lookAt(wish, looks.get(name) ?? [])),
  );
  if (due.length === 0) return;
  try {
    const free = await unhindered(options, due, wishes);
    for (const [repo, ofRepo] of Map.groupBy(free, ([, wish]) => wish.repo))
      await ask(options, repo, ofRepo, { wishes, looks });
  } catch (error) {
    for (const [, wish] of due) wish.notBeforeMs = now + AGAIN_MS;
    options.log.warn({ err: error }, 'A change by hand is noted, but no scan could be asked for yet');
  }
}

type Named = [name: string, wish: Wish];

/** Without the stacks that Plumbline is at work on, which wait on, and those that are paused, which are forgotten. */
async function unhindered(
  { store, nowMs }: WishOptions,
  due: readonly Named[],
  wishes: Map<string, Wish>,
): Promise<Named[]> {
  const [attempts, holds] = await Promise.all([store.attempts.open(), store.holds.active()]);
  const pauses = holds.filter(({ kind }) => kind === 'pause');
  return due.filter(([name, wish]) => {
    if (attempts.some(({ repo, stackKey }) => repo === wish.repo && stackKey === wish.key)) {
      wish.notBeforeMs = nowMs() + AT_WORK_MS;
      return false;
    }
    if (!pauses.some((hold) => holdsStack(hold, wish))) return true;
    wish.take();
    wishes.delete(name);
    return false;
  });
}

async function ask(
  { log, metrics, nowMs, request }: WishOptions,
  repo: string,
  named: readonly Named[],
  { wishes, looks }: { wishes: Map<string, Wish>; looks: Map<string, number[]> },
): Promise<void> {
  for (const [, wish] of named) wish.taken = [...new Set([...wish.taken, ...wish.take()])];
  const changed = named.filter(([, { taken }]) => taken.length > 0);
  const since = new Map(named.map(([name, { lastMs }]) => [name, lastMs]));
  const stacks = changed.map(([, { key }]) => key);
  const addresses = changed.flatMap(([, { taken }]) => taken);
  if (stacks.length > 0) {
    const reason = `Somebody changed ${addresses.slice(0, MOST_NAMED).join(', ')}.`;
    await request(repo, { kind: 'scan', stacks, trigger: 'watch', actor: 'plumbline', reason });
    metrics.watchScan({ repo });
    const objects = addresses.slice(0, MOST_NAMED);
    log.info({ repo, stacks, objects, count: addresses.length }, 'A change by hand is looked at');
  }
  const now = nowMs();
  for (const [name] of changed) looks.set(name, [...recentLooks(looks.get(name) ?? [], now), now]);
  for (const [name] of named) {
    const wish = wishes.get(name)!;
    // What came while the scan was asked for may have come too late for it.
    if (wish.lastMs === since.get(name)) wishes.delete(name);
    else wishes.set(name, { ...wish, firstMs: wish.lastMs, taken: [] });
  }
}
