import { setTimeout as delay } from 'node:timers/promises';
import { branchOf, environmentOfStack, policyOfStack } from '../domain/environments.ts';
import type { PublishedSettings } from '../domain/settings.ts';
import type { Failure } from '../domain/task.ts';
import type { Driver, DriverLog } from '../drivers/driver.ts';
import type { Following, StackWatch, WatchedStack } from '../drivers/stack-watch.ts';
import type { Store } from '../store/store.ts';
import type { Logger } from '../util/log.ts';
import type { TriggerMetrics } from '../util/trigger-metrics.ts';
import type { RepoRequest } from '../workflows/inputs.ts';
import { createWishes, type Wishes } from './watch-wishes.ts';

/** How often config, stacks and leases are looked at. */
const EVERY_MS = 5_000;
/** A worker that says nothing for this long has lost its watches to others. */
const LEASE_MS = 20_000;
/** A worker that could not even begin gives a watch to another, and does not take it back for this long. */
const GIVE_UP_MS = 60_000;
const UNHEARD_MS = 10_000;

/** What watching needs. */
export interface LiveWatchOptions {
  store: Store;
  drivers: readonly Driver[];
  metrics: TriggerMetrics;
  log: Logger & DriverLog;
  toolEnv: Readonly<Record<string, string>>;
  /** Stands in health: `host:pid`. */
  worker: string;
  /** The tool queue of stacks whose environment names none, and those that this process serves. */
  commonQueue: string;
  queues: readonly string[];
  now: () => Date;
  request: (repo: string, request: RepoRequest) => Promise<void>;
}

/** A watch that this process keeps. */
interface Kept {
  version: number;
  stacks: readonly WatchedStack[];
  aliveAtMs: number | null;
  sinceMs: number;
  error: Failure | null;
  end: () => Promise<void>;
}

interface Watching extends LiveWatchOptions {
  wishes: Wishes;
  kept: Map<string, Kept>;
  /** Targets that could not be watched from here, and until when others have them, in ms since 1970. */
  givenUp: Map<string, number>;
}

/**
 * Watches what is live of the stacks that the config wants watched, where this process has their queue: by a lease in the store,
 * so that of several workers one does. A change by somebody else becomes a scan of that stack. It follows the published config.
 * @returns ends the watches and gives the leases back
 */
export function watchLive(options: LiveWatchOptions): () => Promise<void> {
  const stop = new AbortController();
  const wishes = createWishes({ ...options, nowMs: () => options.now().getTime() });
  const watching: Watching = { ...options, wishes, kept: new Map(), givenUp: new Map() };
  const watch = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      await look(watching).catch((error: unknown) => {
        options.log.warn({ err: error }, 'It could not be seen what is to be watched');
      });
      await delay(EVERY_MS, undefined, { signal: stop.signal, ref: false }).catch(() => undefined);
    }
  };
  const running = options.drivers.some((driver) => driver.watch) ? watch() : Promise.resolve();
  return async () => {
    stop.abort();
    await running;
    await wishes.stop();
    await Promise.all([...watching.kept.keys()].map((id) => give(watching, id)));
  };
}

/** Something to watch, by the present config. */
interface Wanted {
  id: string;
  target: string;
  watch: StackWatch;
  options: unknown;
  stacks: readonly WatchedStack[];
}

async function look(watching: Watching): Promise<void> {
  const { store, kept, metrics, now } = watching;
  const config = await store.configs.latest();
  const wanted = config ? await wantedWatches(watching, config.settings) : [];
  if (config) await forgetUnwanted(watching, config.settings);
  for (const id of kept.keys()) if (!wanted.some((each) => each.id === id)) await give(watching, id);
  for (const one of wanted) await keep(watching, one, config!);
  const nowMs = now().getTime();
  for (const [id, { aliveAtMs, sinceMs }] of kept) {
    if (aliveAtMs !== null || nowMs - sinceMs < UNHEARD_MS || kept.get(id)!.error === null) continue;
    watching.givenUp.set(id, nowMs + GIVE_UP_MS);
    await give(watching, id);
  }
  metrics.setWatches(
    [...kept].map(([target, { stacks, aliveAtMs, error }]) => ({
      target,
      stacks: stacks.length,
      aliveAtMs,
      ok: error === null,
    })),
  );
}

/** What the config wants watched, wherever it is served. */
function targetsOf({ drivers }: Watching, settings: PublishedSettings) {
  return drivers.flatMap(({ kind, options: schema, watch }) => {
    if (watch === undefined) return [];
    const options: unknown = schema.parse(settings.drivers[kind] ?? {});
    return watch
      .targets(options)
      .map((target) => ({ id: `${kind}/${target.name}`, kind, watch, options, target }));
  });
}

/** What a worker kept that has vanished, and nobody wants any more, troubles nobody. */
async function forgetUnwanted(watching: Watching, settings: PublishedSettings): Promise<void> {
  const { store, now } = watching;
  const ids = new Set(targetsOf(watching, settings).map(({ id }) => id));
  for (const { target, worker, expiresAt } of await store.watches.list())
    if (!ids.has(target) && Date.parse(expiresAt) < now().getTime())
      await store.watches.release(target, worker);
}

async function wantedWatches(watching: Watching, settings: PublishedSettings): Promise<Wanted[]> {
  const { store, commonQueue, queues } = watching;
  const targets = targetsOf(watching, settings);
  if (targets.length === 0) return [];
  const configured = new Set(settings.repos.map(({ name }) => name));
  const served = (await store.stacks.list()).filter(
    (stack) =>
      configured.has(stack.repo) &&
      queues.includes(policyOfStack(settings.environments, placeOf(settings, stack)).queue ?? commonQueue),
  );
  return targets.flatMap(({ id, kind, watch, options, target }): Wanted[] => {
    const stacks = served.filter((stack) => stack.kind === kind && target.covers(stack));
    return stacks.length === 0 ? [] : [{ id, target: target.name, watch, options, stacks }];
  });
}

function placeOf({ repos }: PublishedSettings, { repo, path }: Pick<WatchedStack, 'repo' | 'path'>) {
  return { repo, path, ref: branchOf(repos, repo) };
}

type Config = { version: number; settings: PublishedSettings };

/** Takes or keeps one watch, and begins it anew where the config has changed. */
async function keep(watching: Watching, wanted: Wanted, config: Config): Promise<void> {
  const { store, kept, worker, now, givenUp } = watching;
  const { id, stacks } = wanted;
  const at = now();
  if ((givenUp.get(id) ?? 0) > at.getTime()) return;
  const known = kept.get(id);
  const aliveAtMs = known?.aliveAtMs ?? null;
  const aliveAt = aliveAtMs === null ? null : new Date(aliveAtMs).toISOString();
  const said = { target: id, worker, stacks: stacks.length, aliveAt, error: known?.error ?? null };
  const until = new Date(at.getTime() + LEASE_MS).toISOString();
  if (!(await store.watches.keep(said, { at: at.toISOString(), until }))) {
    if (known) await stopWatch(watching, id);
    return;
  }
  if (known && known.version === config.version) {
    known.stacks = stacks;
    return;
  }
  if (known) await stopWatch(watching, id);
  kept.set(id, begin(watching, wanted, config));
}

function begin(watching: Watching, wanted: Wanted, { version, settings }: Config): Kept {
  const { log, toolEnv, now } = watching;
  const { id, target, watch, options, stacks } = wanted;
  const ending = new AbortController();
  const nowMs = () => now().getTime();
  const end = async (): Promise<void> => ending.abort();
  const kept: Kept = { version, stacks, aliveAtMs: null, sinceMs: nowMs(), error: null, end };
  const following: Following = watch.follow(target, {
    stacks: () => kept.stacks,
    options,
    baseEnv: toolEnv,
    log,
    signal: ending.signal,
    onAlive: () => (kept.aliveAtMs = nowMs()),
    onTrouble: (failure) => (kept.error = failure),
    onChange: (stack) => {
      const known = kept.stacks.find(({ repo, key }) => repo === stack.repo && key === stack.key);
      if (known === undefined) return;
      const environment = environmentOfStack(settings.environments, placeOf(settings, known))?.name ?? null;
      watching.wishes.add({ ...stack, environment }, () => following.take(stack));
    },
  });
  kept.end = async () => {
    ending.abort();
    await following.ended;
  };
  log.info({ target: id, stacks: stacks.length }, 'What is live is watched');
  return kept;
}

async function stopWatch({ kept }: Watching, id: string): Promise<void> {
  const known = kept.get(id);
  kept.delete(id);
  await known?.end();
}

/** Ends a watch, and lets others have it. */
async function give(watching: Watching, id: string): Promise<void> {
  const { store, worker, log } = watching;
  await stopWatch(watching, id);
  await store.watches.release(id, worker).catch((error: unknown) => {
    log.warn({ err: error, target: id }, 'A watch could not be given back; another worker takes it later');
  });
}
