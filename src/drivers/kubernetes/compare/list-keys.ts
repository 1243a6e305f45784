import { canonicalJson } from '../../../domain/canonical-json.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../domain/json.ts';
import type { KubeObject } from '../../../kube/object.ts';
import { managedEntries, type FieldTree } from './managed-fields.ts';
import type { Place } from './place.ts';

/** How the items of a list are told apart. */
export type ListKind =
  | { by: 'position' }
  /** Items are texts or numbers, and their order means nothing. */
  | { by: 'value' }
  | { by: 'keys'; fields: readonly string[]; ordered: boolean };

/** Kinds of lists that are known of an object's own accord, by their place (names joined by `/`). */
export interface KnownLists {
  get(place: string): ListKind | undefined;
}

/**
 * Lists of built-in kinds by the name of the field: `x-kubernetes-list-map-keys` and `x-kubernetes-patch-merge-key` of the
 * API's OpenAPI document, and those whose items have names although the API replaces them as a whole. The first fields that
 * all items have are taken.
 */
const BY_NAME: Readonly<Record<string, readonly (readonly string[])[]>> = {
  containers: [['name']],
  initContainers: [['name']],
  ephemeralContainers: [['name']],
  env: [['name']],
  volumes: [['name']],
  volumeMounts: [['mountPath']],
  volumeDevices: [['devicePath']],
  ports: [['containerPort', 'protocol'], ['port', 'protocol'], ['name']],
  imagePullSecrets: [['name']],
  hostAliases: [['ip']],
  topologySpreadConstraints: [['topologyKey', 'whenUnsatisfiable']],
  resourceClaims: [['name']],
  claims: [['name']],
  schedulingGates: [['name']],
  secrets: [['name']],
  webhooks: [['name']],
  matchConditions: [['name']],
  variables: [['name']],
  ownerReferences: [['uid']],
  conditions: [['type']],
  versions: [['name']],
  subjects: [['kind', 'name', 'namespace']],
  drivers: [['name']],
  volumeClaimTemplates: [['metadata/name']],
};

/** Lists with keys whose order means something: init containers run in it, and variables refer to earlier ones. */
const ORDERED = new Set(['initContainers', 'env']);
/** Lists of texts that are sets. */
const SETS = new Set(['finalizers', 'validationActions', 'volumeLifecycleModes']);
/** Key fields that the server fills in, or that may be left out. */
const KEY_DEFAULTS: Readonly<Record<string, JsonValue>> = { protocol: 'TCP', namespace: '' };

/**
 * The kinds of lists that the managed fields of versions of an object tell: this is how lists of custom kinds are known. They
 * are read when they are first asked for.
 */
export function knownLists(...objects: readonly KubeObject[]): KnownLists {
  let found: Map<string, ListKind> | undefined;
  const read = (): Map<string, ListKind> => {
    const lists = new Map<string, ListKind>();
    for (const entry of objects.flatMap(managedEntries)) collect(entry.fields, [], lists);
    return lists;
  };
  return { get: (place) => (found ??= read()).get(place) };
}

function collect(tree: FieldTree, names: readonly string[], into: Map<string, ListKind>): void {
  for (const [element, branch] of Object.entries(tree)) {
    if (!isJsonObject(branch)) continue;
    if (element.startsWith('f:')) collect(branch, [...names, element.slice(2)], into);
    else if (element.startsWith('k:')) {
      into.set(names.join('/'), {
        by: 'keys',
        fields: keyFields(element.slice(2)),
        ordered: ORDERED.has(names.at(-1) ?? ''),
      });
      collect(branch, [...names, '*'], into);
    } else if (element.startsWith('v:')) into.set(names.join('/'), { by: 'value' });
  }
}

function keyFields(text: string): string[] {
  try {
    const keys: unknown = JSON.parse(text);
    return isJsonObject(keys) ? Object.keys(keys).sort() : [];
  } catch {
    return [];
  }
}

/**
 * How two versions of a list are to be paired. Keys are used only where every item of both has them and none has them twice.
 */
export function listKind(
  place: Place,
  lists: readonly (readonly JsonValue[])[],
  known: KnownLists = new Map(),
): ListKind {
  const name = place.names.at(-1) ?? '';
  const told = known.get(place.names.join('/'));
  if (told?.by === 'value' || SETS.has(name))
    return lists.every((list) => hasOneEach(list, canonicalJson)) ? { by: 'value' } : { by: 'position' };
  const candidates = told?.by === 'keys' ? [told.fields] : (BY_NAME[name] ?? []);
  const fields = candidates.find((each) =>
    lists.every((list) => hasOneEach(list, (item) => itemKey(item, each))),
  );
  return fields && fields.length > 0
    ? { by: 'keys', fields, ordered: ORDERED.has(name) }
    : { by: 'position' };
}

function hasOneEach(list: readonly JsonValue[], keyOf: (item: JsonValue) => string | undefined): boolean {
  const keys = list.map(keyOf);
  return !keys.includes(undefined) && new Set(keys).size === keys.length;
}

/** The key of a list item as a text; undefined when a field of it is missing. */
export function itemKey(item: JsonValue, fields: readonly string[]): string | undefined {
  const keys = itemKeys(item, fields);
  return keys && canonicalJson(keys);
}

/** The key fields of an item; undefined when one is missing. */
export function itemKeys(item: JsonValue, fields: readonly string[]): JsonObject | undefined {
  if (!isJsonObject(item)) return undefined;
  const keys: JsonObject = {};
  for (const field of fields) {
    const value = field
      .split('/')
      .reduce<JsonValue | undefined>((at, name) => (isJsonObject(at) ? at[name] : undefined), item);
    const key = value ?? KEY_DEFAULTS[field];
    if (key === undefined || typeof key === 'object') return undefined;
    keys[field] = key;
  }
  return keys;
}
