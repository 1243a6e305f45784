import { setTimeout as delay } from 'node:timers/promises';
import type { Cluster, RequestOptions, ResourceType, WatchEvent } from '../../../kube/cluster.ts';
import { objectAddress, objectId, type ObjectId } from '../../../kube/object.ts';
import type { Failure } from '../../../domain/task.ts';
import { errorCode } from '../../../util/errors.ts';
import { STACK_LABEL } from '../labels.ts';
import type { WatchedObjects } from './watched-objects.ts';

/** With more namespaces than these, one watch of all of them costs less. */
const MOST_NAMESPACES = 4;
/** How long after a failure that does not pass by itself it is tried again: a right that was given, a kind that came back. */
const AGAIN_MS = 15_000;

/** What watches of a cluster's types are given. */
export interface TypeWatchOptions {
  cluster: Cluster;
  request: RequestOptions & { signal: AbortSignal };
  objects: WatchedObjects;
  /** A stack's object shows that somebody else was there. */
  onForeign: (stackId: string) => void;
  onAlive: () => void;
  /** Of one type, by its name; null: it is watched again. */
  onTrouble: (type: string, failure: Failure | null) => void;
}

/** Watches of the types that the objects of all inventories have. */
export interface TypeWatches {
  /** Begins those that are missing, ends those that nothing needs any more. Call it whenever an inventory has changed. */
  follow(): void;
  /** Resolves when all have ended, which the signal of the request does. */
  ended(): Promise<void>;
}

interface Running {
  namespaces: string;
  stop: AbortController;
}

/** Makes the watches; none is begun yet. */
export function createTypeWatches(options: TypeWatchOptions): TypeWatches {
  const running = new Map<string, Running>();
  const all = new Set<Promise<void>>();
  const begin = (kind: Kind): void => {
    const stop = new AbortController();
    const signal = AbortSignal.any([stop.signal, options.request.signal]);
    running.set(kind.name, { namespaces: kind.namespaces.join(' '), stop });
    const ended = keepWatching({ ...options, request: { ...options.request, signal } }, kind);
    all.add(ended);
    void ended.finally(() => all.delete(ended));
  };
  return {
    follow: () => {
      const wanted = new Map(kindsOf(options.objects.ids()).map((kind) => [kind.name, kind]));
      for (const [name, { namespaces, stop }] of running) {
        if (wanted.get(name)?.namespaces.join(' ') === namespaces) continue;
        stop.abort();
        running.delete(name);
        if (!wanted.has(name)) options.onTrouble(name, null);
      }
      for (const kind of wanted.values()) if (!running.has(kind.name)) begin(kind);
    },
    ended: async () => {
      await Promise.all(all);
    },
  };
}

interface Kind {
  name: string;
  group: string;
  kind: string;
  namespaces: readonly string[];
}

function kindsOf(ids: readonly ObjectId[]): Kind[] {
  const byName = Map.groupBy(ids, ({ group, kind }) => (group === '' ? kind : `${kind}.${group}`));
  return [...byName].map(([name, each]) => {
    const { group, kind } = each[0]!;
    return { name, group, kind, namespaces: [...new Set(each.map(({ namespace }) => namespace))].toSorted() };
  });
}

/** Watches one type until the signal ends it. Never rejects. */
async function keepWatching(options: TypeWatchOptions, kind: Kind): Promise<void> {
  const { cluster, request, onTrouble } = options;
  const { signal } = request;
  let wide = kind.namespaces.length > MOST_NAMESPACES;
  while (!signal.aborted) {
    try {
      const type = await cluster.resource({ group: kind.group, kind: kind.kind }, request);
      await watchOnce(options, kind, { type, wide });
    } catch (error) {
      if (signal.aborted) return;
      const code = errorCode(error) ?? 'internal';
      if (wide && code === 'kube_forbidden') {
        wide = false;
        continue;
      }
      // With its definition, all objects of a kind went.
      if (code === 'kube_unknown_kind') allGone(options, kind);
      const message = error instanceof Error ? error.message : String(error);
      onTrouble(kind.name, { code, message });
      await delay(AGAIN_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}

async function watchOnce(
  options: TypeWatchOptions,
  kind: Kind,
  { type, wide }: { type: ResourceType; wide: boolean },
): Promise<void> {
  const { cluster, request, objects, onForeign, onAlive, onTrouble } = options;
  const seen = new Set<string>();
  let synced = false;
  const told = (stackId: string | null): void => {
    if (stackId !== null) onForeign(stackId);
  };
  const onEvent = (event: WatchEvent): void => {
    if (event.type === 'synced') {
      onTrouble(kind.name, null);
      if (!synced)
        for (const id of idsOf(objects, kind)) if (!seen.has(objectAddress(id))) told(objects.gone(id));
      synced = true;
      seen.clear();
      return;
    }
    const id = { ...objectId(event.object), group: type.group, kind: type.kind };
    if (!synced) seen.add(objectAddress(id));
    told(event.type === 'deleted' ? objects.gone(id) : objects.changed(id, event.object));
  };
  const namespaces = wide || !type.namespaced ? [] : kind.namespaces;
  await cluster.watch(type, { ...request, namespaces, labelSelector: STACK_LABEL, onAlive, onEvent });
}

function allGone({ objects, onForeign }: TypeWatchOptions, kind: Kind): void {
  for (const id of idsOf(objects, kind)) {
    const stackId = objects.gone(id);
    if (stackId !== null) onForeign(stackId);
  }
}

function idsOf(objects: WatchedObjects, { group, kind }: Kind): ObjectId[] {
  return objects.ids().filter((id) => id.group === group && id.kind === kind);
}
