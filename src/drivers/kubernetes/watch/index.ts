import { setTimeout as delay } from 'node:timers/promises';
import type { Failure } from '../../../domain/task.ts';
import type { Cluster } from '../../../kube/cluster.ts';
import { openCluster } from '../../../kube/open-cluster.ts';
import type { ObjectId } from '../../../kube/object.ts';
import { errorCode, PlumblineError } from '../../../util/errors.ts';
import type {
  Following,
  StackWatch,
  WatchContext,
  WatchedKey,
  WatchedStack,
  WatchTarget,
} from '../../stack-watch.ts';
import { compileIgnoreDifferences } from '../compare/ignore-differences.ts';
import { ignoredByDefinition } from '../definitions/defined-stacks.ts';
import { PARTS_SELECTOR, readPart } from '../inventory.ts';
import { stackId } from '../labels.ts';
import {
  optionsOfStack,
  readKubernetesOptions,
  type IgnoreDifferences,
  type KubernetesOptions,
  type StackOptions,
} from '../stack-options.ts';
import type { WatchRules } from './judge-change.ts';
import { createTypeWatches } from './watch-types.ts';
import { createWatchedObjects, type StackOfObjects, type WatchedObjects } from './watched-objects.ts';

/** How long after a failure that does not pass by itself a cluster is tried again. */
const AGAIN_MS = 15_000;
/** How often it is seen whether stacks have come that are to be watched, too. */
const STACKS_EVERY_MS = 2_000;
/** What keeps inventories from being read, beside the names of types. */
const INVENTORY = 'inventory';

/** Watches the objects of inventories, one cluster at a time. */
export const kubernetesWatch: StackWatch = { targets, follow };

function targets(given: unknown): WatchTarget[] {
  const options = readKubernetesOptions(given);
  const wanted = [...options.stacks, options.otherwise].some(({ watch }) => watch);
  if (!wanted) return [];
  return options.clusters.map(({ name }) => ({
    name,
    covers: (stack) => optionsOfStack(options, stack).watch && clusterOf(options, stack) === name,
  }));
}

function clusterOf(options: KubernetesOptions, { settings }: WatchedStack): string | null {
  return settings?.['cluster'] ?? options.defaultCluster;
}

function follow(target: string, context: WatchContext): Following {
  const options = readKubernetesOptions(context.options);
  const objects = createWatchedObjects(stacksById(options, context));
  const troubles = createTroubles(context);
  return {
    take: ({ repo, key }) => objects.take(stackId(repo, key)),
    ended: keepFollowing(target, { ...context, options, objects, troubles }),
  };
}

/** A stack by its ID, with what holds for its objects. */
function stacksById(
  options: KubernetesOptions,
  context: WatchContext,
): (id: string) => StackOfObjects | undefined {
  let from: readonly WatchedStack[] | undefined;
  let byId = new Map<string, WatchedStack>();
  const rules = createRules(options);
  return (id) => {
    const stacks = context.stacks();
    if (stacks !== from) byId = new Map(stacks.map((stack) => [stackId(stack.repo, stack.key), stack]));
    from = stacks;
    const stack = byId.get(id);
    if (stack === undefined) return undefined;
    const isCalm = stack.status === 'in_sync' || stack.status === 'pending';
    return { rules: rules(stack), scannedAt: isCalm ? stack.scannedAt : null };
  };
}

/** Rules are read once for all stacks of one entry of the config whose definitions ignore the same. */
function createRules(options: KubernetesOptions): (stack: WatchedStack) => WatchRules {
  const known = new Map<StackOptions, Map<string, WatchRules>>();
  return (stack) => {
    const own = optionsOfStack(options, stack);
    const ofEntry = known.get(own) ?? new Map<string, WatchRules>();
    known.set(own, ofEntry);
    const defined = ignoredByDefinition(stack);
    const key = JSON.stringify(defined);
    const rules = ofEntry.get(key) ?? rulesOf(own, defined, options);
    ofEntry.set(key, rules);
    return rules;
  };
}

/** A definition whose rules can't be used makes its stack's plans fail, and nobody else's watch. */
function rulesOf(
  { ignoreDifferences }: StackOptions,
  defined: readonly IgnoreDifferences[],
  { controllers }: KubernetesOptions,
): WatchRules {
  try {
    return { ignore: compileIgnoreDifferences([...defined, ...ignoreDifferences]), controllers };
  } catch (error) {
    if (errorCode(error) !== 'ignore_rule_invalid' || defined.length === 0) throw error;
    return { ignore: compileIgnoreDifferences(ignoreDifferences), controllers };
  }
}

interface Troubles {
  set: (what: string, failure: Failure | null) => void;
}

/** Several things may be in the way at once: the first is told. */
function createTroubles({ onTrouble, log }: WatchContext): Troubles {
  const known = new Map<string, Failure>();
  return {
    set: (what, failure) => {
      const before = known.get(what);
      if (failure === null) known.delete(what);
      else known.set(what, failure);
      if (failure !== null && failure.code !== before?.code)
        log.warn({ what, code: failure.code, reason: failure.message }, 'Something is not watched');
      onTrouble([...known.values()][0] ?? null);
    },
  };
}

interface Followed extends Omit<WatchContext, 'options'> {
  options: KubernetesOptions;
  objects: WatchedObjects;
  troubles: Troubles;
}

async function keepFollowing(target: string, followed: Followed): Promise<void> {
  const { signal, troubles } = followed;
  while (!signal.aborted) {
    let cluster: Cluster | undefined;
    try {
      cluster = await open(target, followed);
      await watchCluster(cluster, target, followed);
    } catch (error) {
      if (signal.aborted) return;
      const message = error instanceof Error ? error.message : String(error);
      troubles.set(INVENTORY, { code: errorCode(error) ?? 'internal', message });
      await delay(AGAIN_MS, undefined, { signal }).catch(() => undefined);
    } finally {
      await cluster?.close();
    }
  }
}

/** Connections of its own: watches last, and are ended with them. */
async function open(target: string, { options, baseEnv, log }: Followed): Promise<Cluster> {
  const settings = options.clusters.find(({ name }) => name === target);
  if (settings === undefined)
    throw new PlumblineError('config_invalid', `The config has no cluster "${target}".`);
  const { impersonate: _, ...reached } = settings;
  return await openCluster(reached, { env: baseEnv, log });
}

async function watchCluster(cluster: Cluster, target: string, followed: Followed): Promise<void> {
  const { options, objects, troubles, onAlive, onChange } = followed;
  const ending = new AbortController();
  const signal = AbortSignal.any([followed.signal, ending.signal]);
  const impersonate = options.clusters.find(({ name }) => name === target)?.impersonate ?? null;
  const request = { signal, ...(impersonate === null ? {} : { impersonate }) };
  const types = createTypeWatches({
    cluster,
    request,
    objects,
    onAlive,
    onTrouble: troubles.set,
    onForeign: (id) => {
      const stack = followed.stacks().find(({ repo, key }) => stackId(repo, key) === id);
      if (stack !== undefined) onChange({ repo: stack.repo, key: stack.key } satisfies WatchedKey);
    },
  });
  const timer = setInterval(() => types.follow(), STACKS_EVERY_MS);
  try {
    await watchInventories(cluster, { ...followed, request, onInventories: () => types.follow() });
  } finally {
    clearInterval(timer);
    ending.abort();
    await types.ended();
  }
}

async function watchInventories(
  cluster: Cluster,
  followed: Followed & { request: { signal: AbortSignal }; onInventories: () => void },
): Promise<void> {
  const { options, objects, troubles, request, onAlive, onInventories } = followed;
  const configMaps = await cluster.resource({ group: '', kind: 'ConfigMap' }, request);
  const parts = new Map<string, { stackId: string; ids: ObjectId[] }>();
  const ofStack = (id: string): ObjectId[] =>
    [...parts.values()].filter((part) => part.stackId === id).flatMap(({ ids }) => ids);
  let synced = false;
  await cluster.watch(configMaps, {
    ...request,
    namespaces: [options.namespace],
    labelSelector: PARTS_SELECTOR,
    onAlive,
    onEvent: (event) => {
      if (event.type === 'synced') {
        synced = true;
        troubles.set(INVENTORY, null);
        return onInventories();
      }
      const { name } = event.object.metadata;
      const before = parts.get(name);
      const read = event.type === 'deleted' ? undefined : readPart(event.object);
      if (read === undefined) parts.delete(name);
      else parts.set(name, { stackId: read.stackId, ids: read.entries.map(({ id }) => id) });
      for (const id of new Set([before?.stackId, read?.stackId]))
        if (id !== undefined) objects.inventory(id, ofStack(id));
      if (synced) onInventories();
    },
  });
}
