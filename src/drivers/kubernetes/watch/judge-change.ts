import { createHash } from 'node:crypto';
import { formatPointer, parsePointer } from '../../../domain/json-pointer.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../domain/json.ts';
import { metaTexts, type KubeObject } from '../../../kube/object.ts';
import { leaveToControllers } from '../compare/controlled.ts';
import { isControllersField } from '../compare/controllers.ts';
import { differences, type Difference } from '../compare/differences.ts';
import { ignoreDifferences, type IgnoreDifferences } from '../compare/ignore-differences.ts';
import { knownLists } from '../compare/list-keys.ts';
import { managedEntries, ownedPointers, ownersOf, type ManagedEntry } from '../compare/managed-fields.ts';
import { isSecret, normalise } from '../compare/normalise.ts';
import { placeAt } from '../compare/place.ts';
import { FIELD_MANAGER, RECORD_ANNOTATIONS } from '../labels.ts';

/** What is kept of a live object in order to tell what a later version of it means. */
export interface Seen {
  uid: string;
  /** As it is compared: no status, no metadata of the server, values of Secrets as hashes. */
  bare: KubeObject;
  entries: readonly ManagedEntry[];
  /** What our last apply noted on it: another note, and another apply has been there. */
  record: string;
  deleting: boolean;
}

/** What counts as nobody's business. */
export interface WatchRules {
  ignore: IgnoreDifferences;
  /** Further managers that may write anything, as globs. */
  controllers: readonly string[];
}

/** Where the whole object is meant. */
const WHOLE = '';

/** What is kept of an object. */
export function seenOf(object: KubeObject): Seen {
  const notes = metaTexts(object, 'annotations');
  const { uid, deletionTimestamp } = object.metadata;
  const bare = normalise(object);
  return {
    uid: typeof uid === 'string' ? uid : '',
    bare: isSecret(object) ? { ...bare, data: hashed(bare['data']) } : bare,
    entries: managedEntries(object),
    record: RECORD_ANNOTATIONS.map((name) => notes[name] ?? '').join(' '),
    deleting: deletionTimestamp !== undefined,
  };
}

function hashed(data: JsonValue | undefined): JsonObject {
  if (!isJsonObject(data)) return {};
  const hash = (value: JsonValue) => createHash('sha256').update(JSON.stringify(value)).digest('hex');
  return Object.fromEntries(Object.entries(data).map(([name, value]) => [name, hash(value)]));
}

/**
 * JSON pointers of what somebody else has changed between two versions of an object (null: it was not, or is no longer, there). Left
 * out are status and metadata of the server, what we have applied ourselves, what known controllers write, what is ignored, and
 * what another manager declares beside ours: none of it is drift.
 */
export function foreignChanges(before: Seen | null, after: Seen | null, rules: WatchRules): string[] {
  if (after === null) return before === null ? [] : [WHOLE];
  if (before === null || before.uid !== after.uid) return after.entries.some(isOurs) ? [] : [WHOLE];
  if (after.deleting && !before.deleting) return [WHOLE];
  const { live, wanted } = ignoreDifferences(rules.ignore, after.bare, before.bare, after.entries);
  const all = differences(live, wanted, knownLists(managed(before), managed(after)));
  const { found } = leaveToControllers(all, live, after.entries, { ...rules, manager: FIELD_MANAGER });
  return found
    .filter((each) =>
      each.before === null
        ? isForeignRemoval(each, { before, after, rules })
        : isForeignValue(each, { before, after }),
    )
    .map(({ pointer }) => pointer);
}

/** Whether somebody else has written to an object since a time (ISO 8601) what is no controller's own. */
export function wasWrittenSince({ bare, entries }: Seen, since: string, rules: WatchRules): boolean {
  const time = Date.parse(since);
  const later = entries.filter((entry) => entry.at !== null && Date.parse(entry.at) > time);
  return later.some((entry) => {
    if (isOurs(entry) || entry.subresource === 'status') return false;
    const operation = entry.operation === 'Apply' ? 'Apply' : 'Update';
    const own = managed({ bare, entries: [entry] });
    return [...ownedPointers(own, entry.manager, operation)].some((pointer) => {
      const place = placeAt(bare, parsePointer(pointer));
      return !isControllersField(entry, place, formatPointer(place.names), rules.controllers);
    });
  });
}

/** The object with its managed fields, as far as they are kept. */
function managed({ bare, entries }: Pick<Seen, 'bare' | 'entries'>): KubeObject {
  const managedFields = entries.map(({ manager, operation, fields }): JsonObject => {
    return { manager, operation, fieldsV1: fields };
  });
  return { ...bare, metadata: { ...bare.metadata, managedFields } };
}

/** The field is there: whoever changed it owns it now. What nobody owns, the server has filled in. */
function isForeignValue({ livePath, wantedPath }: Difference, { before, after }: Pair): boolean {
  if (after.entries.length === 0) return true;
  const owners = ownersOf(after.bare, livePath, after.entries);
  if (owners.length === 0 || owners.some(isOurs)) return false;
  return !owners.every(isDeclared) || ownersOf(before.bare, wantedPath, before.entries).some(isOurs);
}

/** The field is gone: who took it away is not on record, but our own applies leave a note. */
function isForeignRemoval({ wantedPath }: Difference, { before, after, rules }: Pair & Ruled): boolean {
  if (after.record !== before.record) return false;
  const place = placeAt(before.bare, wantedPath);
  const pointer = formatPointer(place.names);
  const owners = ownersOf(before.bare, wantedPath, before.entries).filter(
    (owner) => isOurs(owner) || !isControllersField(owner, place, pointer, rules.controllers),
  );
  return owners.some((owner) => isOurs(owner) || !isDeclared(owner));
}

interface Pair {
  before: Seen;
  after: Seen;
}

interface Ruled {
  rules: WatchRules;
}

function isOurs({ manager }: ManagedEntry): boolean {
  return manager === FIELD_MANAGER;
}

/** Another manager's server-side apply: it takes care of its fields itself. */
function isDeclared({ operation }: ManagedEntry): boolean {
  return operation === 'Apply';
}
