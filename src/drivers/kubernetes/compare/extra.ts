import { formatPointer } from '../../../domain/json-pointer.ts';
import { isJsonObject, type JsonValue } from '../../../domain/json.ts';
import type { KubeObject } from '../../../kube/object.ts';
import { isControllersField } from './controllers.ts';
import { isServerDefault } from './defaults.ts';
import { itemKey, knownLists, listKind, type KnownLists } from './list-keys.ts';
import {
  branchFor,
  isLeaf,
  listBranches,
  type FieldTree,
  type ManagedEntry,
  type Path,
} from './managed-fields.ts';
import { isVoid, itemPlace, memberPlace, placeOf, type Place } from './place.ts';

/** A field that is in the cluster and that nobody declared. */
export interface ExtraField {
  /** JSON pointer into the live object. */
  pointer: string;
  path: Path;
  /** Not masked. */
  value: JsonValue;
  /** The one who changed it last, of those who own it. */
  manager: string;
  operation: string;
  at: string | null;
}

/** What is live beyond what was declared. */
export interface ExtraFields {
  /** Set by somebody who is no known controller: drift. */
  extra: ExtraField[];
  /** Declared by another manager's server-side apply: that manager's business. */
  shared: ExtraField[];
}

export interface ExtraOptions {
  /** Our own field manager. */
  manager: string;
  /**
   * What was declared: the wanted object, and whatever else is known to be fine (for example what the server makes of the
   * wanted object by itself).
   */
  declared: readonly KubeObject[];
  /** Further managers that may write anything, as globs. */
  controllers: readonly string[];
}

/** A manager's fields at the place that the walk has come to. */
interface Owner {
  entry: ManagedEntry;
  tree: FieldTree;
  /** A leaf above owns everything here. */
  whole: boolean;
  ours: boolean;
}

interface Here {
  value: JsonValue;
  parent: JsonValue | undefined;
  owners: readonly Owner[];
  path: Path;
  place: Place;
}

type Verdict = 'nobody' | 'ours' | 'controller' | 'default' | 'shared' | 'extra';

interface Walk {
  live: KubeObject;
  options: ExtraOptions;
  known: KnownLists;
  found: ExtraFields;
}

/** What is no field of anybody's own: the object's identity. */
const IDENTITY: ReadonlySet<string> = new Set([
  '/apiVersion',
  '/kind',
  '/metadata/name',
  '/metadata/namespace',
]);

/**
 * Live fields that nobody declared, in the order of the object: not in the declared objects, not ours, and owned by a manager
 * that is no known controller. Values that the server fills in by itself are none. A whole subtree that is extra is one
 * entry. Lists without keys belong to whoever declared them, as a whole; a dry run shows what differs there.
 * @param live as `normalise` gives it
 * @param entries the live object's `managedEntries`, which `normalise` drops
 */
export function extraFields(
  live: KubeObject,
  entries: readonly ManagedEntry[],
  options: ExtraOptions,
  known: KnownLists = knownLists(live),
): ExtraFields {
  const walk: Walk = { live, options, known, found: { extra: [], shared: [] } };
  const owners = entries
    .filter((entry) => entry.subresource !== 'status')
    // What admission changes in our own apply stands there as an update of ours.
    .map((entry) => ({ entry, tree: entry.fields, whole: false, ours: entry.manager === options.manager }));
  const here: Here = { value: live, parent: undefined, owners, path: [], place: placeOf(live) };
  visitDeclared(here, options.declared, walk);
  return walk.found;
}

/** A place that somebody declared: looks at its members. */
function visitDeclared(here: Here, declared: readonly JsonValue[], walk: Walk): void {
  for (const child of childrenOf(here, true)) {
    if (IDENTITY.has(formatPointer(child.path))) continue;
    const theirs = declaredMembers(here, child, declared, walk);
    if (theirs === 'all') continue;
    if (theirs.length > 0) visitDeclared(child, theirs, walk);
    else visitUndeclared(child, walk);
  }
}

/** A place that nobody declared: one entry where all below is of one sort, otherwise its members. */
function visitUndeclared(here: Here, walk: Walk): void {
  const verdicts = new Map<Verdict, ManagedEntry[]>();
  collectVerdicts(here, walk, verdicts);
  for (const sort of ['extra', 'shared'] as const) {
    const owners = verdicts.get(sort);
    const others = [...verdicts.keys()].filter((each) => each !== sort);
    if (!owners || others.some((each) => each !== 'nobody' && each !== 'default')) continue;
    walk.found[sort].push(entryOf(here, owners));
    return;
  }
  if (verdicts.has('extra') || verdicts.has('shared'))
    for (const child of childrenOf(here)) visitUndeclared(child, walk);
}

function entryOf(here: Here, owners: readonly ManagedEntry[]): ExtraField {
  const newest = owners.reduce((a, b) => ((b.at ?? '') > (a.at ?? '') ? b : a));
  return {
    pointer: formatPointer(here.path),
    path: here.path,
    value: here.value,
    manager: newest.manager,
    operation: newest.operation,
    at: newest.at,
  };
}

/**
 * What the declared objects have at a member. `all`: somebody declared the value itself, or a list that is one thing; empty:
 * nobody declared it.
 */
function declaredMembers(
  here: Here,
  child: Here,
  declared: readonly JsonValue[],
  walk: Walk,
): JsonValue[] | 'all' {
  const found: JsonValue[] = [];
  for (const each of declared) {
    const member = Array.isArray(each)
      ? declaredItem(here, child, each, walk)
      : isJsonObject(each) && Object.hasOwn(each, child.path.at(-1)!)
        ? each[child.path.at(-1)!]
        : undefined;
    if (member === undefined || member === null) continue;
    if (typeof member !== 'object' || typeof child.value !== 'object') return 'all';
    if (Array.isArray(child.value) && listKind(child.place, [child.value], walk.known).by === 'position')
      return 'all';
    found.push(member);
  }
  return found;
}

function declaredItem(
  here: Here,
  child: Here,
  declared: readonly JsonValue[],
  walk: Walk,
): JsonValue | undefined {
  if (!Array.isArray(here.value)) return undefined;
  const kind = listKind(here.place, [here.value, declared], walk.known);
  if (kind.by === 'position') return child.value;
  const keyOf = (item: JsonValue): string | undefined =>
    kind.by === 'keys' ? itemKey(item, kind.fields) : JSON.stringify(item);
  const key = keyOf(child.value);
  return declared.find((item) => keyOf(item) === key);
}

function collectVerdicts(here: Here, walk: Walk, into: Map<Verdict, ManagedEntry[]>): void {
  const children = childrenOf(here);
  const isDefault = isServerDefault(here.value, here.parent, here.path.at(-1) ?? '', here.place, walk.live);
  if (children.length > 0 && !isDefault) {
    for (const child of children) collectVerdicts(child, walk, into);
    return;
  }
  const { verdict, owners } = verdictOf(here, isDefault, walk);
  into.set(verdict, [...(into.get(verdict) ?? []), ...owners]);
}

function verdictOf(
  here: Here,
  isDefault: boolean,
  { options }: Walk,
): { verdict: Verdict; owners: ManagedEntry[] } {
  const owners = here.owners.map((owner) => owner.entry);
  if (isVoid(here.value, here.place) || owners.length === 0) return { verdict: 'nobody', owners: [] };
  if (here.owners.some((owner) => owner.ours)) return { verdict: 'ours', owners };
  const pointer = formatPointer(here.place.names);
  if (owners.some((owner) => isControllersField(owner, here.place, pointer, options.controllers)))
    return { verdict: 'controller', owners };
  if (isDefault) return { verdict: 'default', owners };
  const applied = owners.filter((owner) => owner.operation === 'Apply');
  return applied.length > 0 ? { verdict: 'shared', owners: applied } : { verdict: 'extra', owners };
}

/**
 * The members of a place, each with those who own something there.
 * @param foreign only those that others than we own something of
 */
function childrenOf(here: Here, foreign = false): Here[] {
  const { value, owners } = here;
  if (foreign && owners.every((owner) => owner.ours)) return [];
  const branchOf = branchFinder(value);
  const members = Array.isArray(value) || isJsonObject(value) ? Object.entries(value) : [];
  return members.flatMap(([name, member]): Here[] => {
    const theirs = stepAll(owners, (tree) => branchOf(tree, name), foreign);
    if (foreign && theirs.length === 0) return [];
    return [
      {
        value: member,
        parent: value,
        owners: theirs,
        path: [...here.path, name],
        place: Array.isArray(value) ? itemPlace(here.place) : memberPlace(here.place, name),
      },
    ];
  });
}

/** Finds branches of trees for the members of one value; the items of a list are looked up once for each tree. */
function branchFinder(value: JsonValue): (tree: FieldTree, name: string) => FieldTree | undefined {
  if (!Array.isArray(value)) return (tree, name) => branchFor(tree, value, name);
  const found = new Map<FieldTree, Map<number, FieldTree>>();
  return (tree, name) => {
    const branches = found.get(tree) ?? listBranches(tree, value);
    found.set(tree, branches);
    return branches.get(Number(name));
  };
}

/** One step down for all owners; none when others than we were asked for and there is no such one. */
function stepAll(
  owners: readonly Owner[],
  branchOf: (tree: FieldTree) => FieldTree | undefined,
  foreign: boolean,
): Owner[] {
  const others = step(
    owners,
    owners.filter((owner) => !owner.ours),
    branchOf,
  );
  if (foreign && others.length === 0) return [];
  return [
    ...step(
      owners,
      owners.filter((owner) => owner.ours),
      branchOf,
    ),
    ...others,
  ];
}

/**
 * A leaf owns all below it, but where somebody else owns single members there: then it stands for an empty map or list.
 * @param all who owns something at the place, to tell the one from the other
 */
function step(
  all: readonly Owner[],
  owners: readonly Owner[],
  branchOf: (tree: FieldTree) => FieldTree | undefined,
): Owner[] {
  return owners.flatMap((owner): Owner[] => {
    if (owner.whole) return [owner];
    if (isLeaf(owner.tree)) return all.some(ownsMembers) ? [] : [{ ...owner, whole: true }];
    const branch = branchOf(owner.tree);
    return branch ? [{ ...owner, tree: branch }] : [];
  });
}

function ownsMembers(owner: Owner): boolean {
  return !owner.whole && Object.keys(owner.tree).some((element) => element !== '.');
}
