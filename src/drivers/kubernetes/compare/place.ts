import { isJsonObject, type JsonValue } from '../../../domain/json.ts';
import { groupVersion, type KubeObject } from '../../../kube/object.ts';
import { isQuantityPlace, sameQuantity } from './quantity.ts';
import { sameValue } from './same-value.ts';

/** Where a value stands, as far as its meaning depends on that. */
export interface Place {
  kind: string;
  /** Of a kind that a custom resource definition or another API server brings. */
  custom: boolean;
  /** The path from the object, with `*` for list positions. */
  names: readonly string[];
}

/** Groups of the API server itself that have a dot. */
const OWN_GROUPS: ReadonlySet<string> = new Set(
  [
    'admissionregistration',
    'apiextensions',
    'apiregistration',
    'authentication',
    'authorization',
    'certificates',
    'coordination',
    'discovery',
    'events',
    'flowcontrol.apiserver',
    'internal.apiserver',
    'networking',
    'node',
    'rbac.authorization',
    'resource',
    'scheduling',
    'storage',
    'storagemigration',
  ].map((name) => `${name}.k8s.io`),
);

/** Maps that say something by being there, though they are empty: `{}` selects all, and no selector selects nothing. */
const SPEAKING_MAPS: ReadonlySet<string> = new Set([
  'podSelector',
  'namespaceSelector',
  'objectSelector',
  'labelSelector',
  'selector',
  'emptyDir',
  'status',
]);

/** The place of a whole object. */
export function placeOf(object: KubeObject): Place {
  const { group } = groupVersion(object.apiVersion);
  return { kind: object.kind, custom: group.includes('.') && !OWN_GROUPS.has(group), names: [] };
}

/** The place at the end of a path, which need not be there. */
export function placeAt(object: KubeObject, path: readonly string[]): Place {
  let here: JsonValue | undefined = object;
  const names = path.map((name) => {
    const isItem = Array.isArray(here);
    here = Array.isArray(here) ? here[Number(name)] : isJsonObject(here) ? here[name] : undefined;
    return isItem ? '*' : name;
  });
  return { ...placeOf(object), names };
}

/** The place of a member of a map. */
export function memberPlace(place: Place, name: string): Place {
  return { ...place, names: [...place.names, name] };
}

/** The place of an item of a list. */
export function itemPlace(place: Place): Place {
  return memberPlace(place, '*');
}

/**
 * Whether a value says no more than its absence: null, an empty list, and an empty map but for those that mean something
 * (selectors, `emptyDir`, and maps in the spec of custom kinds, where `selfSigned: {}` is a choice).
 */
export function isVoid(value: JsonValue | undefined, place: Place): boolean {
  if (value === undefined || value === null) return true;
  if (Array.isArray(value)) return value.length === 0;
  if (!isJsonObject(value)) return false;
  const members = Object.entries(value);
  if (members.length === 0) return !speaks(place);
  return members.every(([name, member]) => isVoid(member, memberPlace(place, name)));
}

function speaks(place: Place): boolean {
  if (place.custom && place.names.length > 1 && place.names[0] !== 'metadata') return true;
  return SPEAKING_MAPS.has(place.names.at(-1) ?? '');
}

/** Whether two values that are no maps mean the same at a place; undefined stands for absent. */
export function sameScalar(a: JsonValue | undefined, b: JsonValue | undefined, place: Place): boolean {
  const left = a ?? serverDefault(place);
  const right = b ?? serverDefault(place);
  if (left === undefined || right === undefined) return left === right;
  if (sameValue(left, right)) return true;
  return isQuantityPlace(place.kind, place.names) && sameQuantity(left, right);
}

/** What the API server fills in whatever the rest says: the protocol of ports. */
function serverDefault(place: Place): JsonValue | undefined {
  const [list, , name] = place.names.slice(-3);
  return place.names.length >= 3 && list === 'ports' && name === 'protocol' && !place.custom
    ? 'TCP'
    : undefined;
}
