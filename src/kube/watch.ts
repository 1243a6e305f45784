import { setTimeout as delay } from 'node:timers/promises';
import { PlumblineError } from '../util/errors.ts';
import type { ResourceType, WatchEvent, WatchOptions } from './cluster.ts';
import { readStatus, statusError } from './errors.ts';
import type { KubeObject } from './object.ts';
import { listAll } from './pages.ts';
import { collectionPath, kindName } from './paths.ts';
import type { Transport } from './transport.ts';
import { createKnownObjects, type KnownObjects } from './watch-known.ts';
import { watchLines, type WatchLine } from './watch-stream.ts';

/** As Kubernetes' own clients: watches end after five to ten minutes, not all at once. */
const SHORTEST_LIFE_S = 300;
/** What is left to a server that should have ended a watch, before the connection counts as dead. */
const OVERDUE_MS = 30_000;
const SHORTEST_WATCH_MS = 1000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;

interface Watching {
  cluster: string;
  transport: Transport;
  type: ResourceType;
  namespace: string;
  options: WatchOptions;
  emit: (event: WatchEvent) => Promise<void>;
  /** Called whenever what is known is all there is. */
  synced: () => Promise<void>;
  log: WatchLog | undefined;
}

type WatchLog = { debug(fields: Record<string, unknown>, message: string): void };

/** See `Cluster.watch`. */
export async function watchObjects(
  cluster: string,
  transport: Transport,
  type: ResourceType,
  options: WatchOptions,
  log: WatchLog | undefined,
): Promise<void> {
  const stopping = new AbortController();
  const signal = AbortSignal.any([options.signal, stopping.signal]);
  const namespaces = options.namespaces?.length ? [...new Set(options.namespaces)] : [''];
  const pending = new Set(namespaces);
  const emit = inTurn(options.onEvent);
  const watchOne = async (namespace: string): Promise<void> => {
    const synced = async () => {
      pending.delete(namespace);
      if (pending.size === 0) await emit({ type: 'synced' });
    };
    await keepWatching({
      cluster,
      transport,
      type,
      namespace,
      options: { ...options, signal },
      emit,
      synced,
      log,
    });
  };
  try {
    await Promise.all(namespaces.map(watchOne));
  } catch (error) {
    if (!options.signal.aborted) throw error;
  } finally {
    // One that failed for good ends the others.
    stopping.abort();
  }
}

/** One event after the other, whatever namespace it is from. */
function inTurn(onEvent: WatchOptions['onEvent']): (event: WatchEvent) => Promise<void> {
  let last: Promise<void> = Promise.resolve();
  return async (event) => {
    const mine = last.then(async () => await onEvent(event));
    last = mine.catch(() => undefined);
    await mine;
  };
}

async function keepWatching(watching: Watching): Promise<void> {
  const { signal } = watching.options;
  const known = createKnownObjects();
  let from: string | null = null;
  let failures = 0;
  while (!signal.aborted) {
    try {
      if (from === null) {
        from = await listAnew(watching, known);
        await watching.synced();
      }
      const since = performance.now();
      from = await followOnce(watching, known, from);
      // One that ends at once, again and again, is no quiet watch.
      failures = performance.now() - since < SHORTEST_WATCH_MS ? failures + 1 : 0;
      if (failures > 1) await pause(failures, signal);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof PlumblineError)) throw error;
      if (error.code === 'kube_expired') {
        from = null;
        if (failures === 0) {
          failures = 1;
          continue;
        }
      } else if (!error.retryable) throw error;
      failures += 1;
      watching.log?.debug(
        { cluster: watching.cluster, kind: kindName(watching.type), code: error.code },
        'a watch is begun again',
      );
      await pause(failures, signal);
    }
  }
}

async function pause(failures: number, signal: AbortSignal): Promise<void> {
  await delay(pauseMs(failures, Math.random()), undefined, { signal }).catch(() => undefined);
}

/** Doubling up to half a minute, with half of it left to chance. */
export function pauseMs(failures: number, random: number): number {
  const most = Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), LONGEST_PAUSE_MS);
  return most * (0.5 + random / 2);
}

async function listAnew(watching: Watching, known: KnownObjects): Promise<string> {
  const { cluster, transport, type, namespace, options } = watching;
  const { labelSelector, signal, impersonate } = options;
  const { items, resourceVersion } = await listAll(cluster, transport, type, {
    namespace,
    signal,
    ...(labelSelector === undefined ? {} : { labelSelector }),
    ...(impersonate === undefined ? {} : { impersonate }),
  });
  options.onAlive?.();
  for (const event of known.replaceAll(items)) await watching.emit(event);
  return resourceVersion;
}

/**
 * Follows one watch to its end, which is nothing special.
 * @returns where the next one goes on
 */
async function followOnce(watching: Watching, known: KnownObjects, from: string): Promise<string> {
  const { transport, type, namespace, options } = watching;
  const lifeS = Math.round(SHORTEST_LIFE_S * (1 + Math.random()));
  const chunks = await transport.stream(
    {
      method: 'GET',
      path: collectionPath(type, namespace),
      query: {
        watch: 'true',
        allowWatchBookmarks: 'true',
        resourceVersion: from,
        timeoutSeconds: String(lifeS),
        ...(options.labelSelector === undefined ? {} : { labelSelector: options.labelSelector }),
      },
      signal: options.signal,
      lifeMs: lifeS * 1000 + OVERDUE_MS,
      ...(options.impersonate === undefined ? {} : { impersonate: options.impersonate }),
    },
    kindName(type),
  );
  let last = from;
  try {
    for await (const line of watchLines(chunks)) {
      if (line === null) throw noEvent(watching);
      if (line.type === 'ERROR') throw errorOf(watching, line);
      options.onAlive?.();
      const event = line.type === 'BOOKMARK' ? null : known.apply(line.type, line.object as KubeObject);
      if (event !== null) await watching.emit(event);
      last = versionOf(line) ?? last;
    }
  } catch (error) {
    // Nothing of what came is asked for again, unless it is too old by now.
    if (isExpired(error) || !isTransient(error) || last === from) throw error;
  }
  return last;
}

function isExpired(error: unknown): boolean {
  return error instanceof PlumblineError && error.code === 'kube_expired';
}

function isTransient(error: unknown): boolean {
  return error instanceof PlumblineError && error.retryable;
}

function errorOf({ cluster, type, namespace }: Watching, { object }: WatchLine): PlumblineError {
  const code = typeof object['code'] === 'number' ? object['code'] : 500;
  const path = collectionPath(type, namespace);
  return statusError({ cluster, method: 'WATCH', path, what: kindName(type) }, readStatus(code, object));
}

function noEvent({ cluster, type }: Watching): PlumblineError {
  return new PlumblineError(
    'kube_answer',
    `Cluster ${cluster}, WATCH ${kindName(type)}: what came is no event. Is there a proxy before the API server?`,
    { retryable: true, details: { cluster } },
  );
}

function versionOf({ object }: WatchLine): string | undefined {
  const { metadata } = object as KubeObject;
  const version = metadata?.['resourceVersion'];
  return typeof version === 'string' && version !== '' ? version : undefined;
}
