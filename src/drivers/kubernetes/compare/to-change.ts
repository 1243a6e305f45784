import type { AttributeChange, Cause, RawChange } from '../../../domain/change.ts';
import { formatPointer } from '../../../domain/json-pointer.ts';
import type { JsonValue } from '../../../domain/json.ts';
import { objectAddress, objectId, type KubeObject } from '../../../kube/object.ts';
import { changedBy, differenceCauses, joinCauses, type LastApplied } from './cause.ts';
import { clientAnswer, withoutDefaults } from './client-answer.ts';
import { leaveToControllers, type ControlledField } from './controlled.ts';
import { differences, type Difference } from './differences.ts';
import { extraFields, type ExtraField } from './extra.ts';
import { ignoreDifferences, type IgnoreDifferences } from './ignore-differences.ts';
import { immutablePointers } from './immutable.ts';
import { knownLists } from './list-keys.ts';
import { managedEntries, type ManagedEntry, type Path } from './managed-fields.ts';
import type { Masker } from './mask.ts';
import { normalise } from './normalise.ts';
import { withLive, withReturned, withoutExtra } from './rebuilt.ts';

/** All that is known of one object. */
export interface Compared {
  /** As the source wants it, with its namespace; null: it is to be pruned. */
  wanted: KubeObject | null;
  /** As it is, with its managed fields; null: it isn't there. */
  live: KubeObject | null;
  /** The server's answer to a dry run of the apply; null: compare in the client. */
  answer: KubeObject | null;
  /** null: never applied. */
  lastApplied: LastApplied | null;
  /** Fields that the server named when it refused the dry run because they can't be changed, e.g. `spec.selector`. */
  immutable?: readonly string[];
}

/** What holds for all objects of a plan. */
export interface ComparisonRules {
  ignore: IgnoreDifferences;
  /** Further managers that may write anything, as globs. */
  controllers: readonly string[];
  masker: Masker;
  /** Our own field manager. */
  manager: string;
}

/** What comparing one object gave. */
export interface Comparison {
  /** null: nothing to do. */
  change: RawChange | null;
  /** Live fields that nobody declared: drift. Not masked. */
  extra: ExtraField[];
  /** Live fields that another manager declares by server-side apply: not ours, and no drift. Not masked. */
  shared: ExtraField[];
  /** Fields that Git declares and a known controller has set otherwise: left to it, and to be left out of an apply. */
  controlled: ControlledField[];
  /** Positions of the `ignoreDifferences` rules that found something. */
  matched: number[];
  problems: string[];
}

/** Stands where a value was last applied that differs from both live and wanted: values are not kept. */
const NOT_KEPT = '(not kept)';

/**
 * Compares one object: what an apply would do to it, why (ADR 0011), and who moved it. Values of Secrets are masked in the
 * change. A live object that was applied before and is gone has drifted; one that is no longer wanted is deleted because Git
 * moved.
 */
export function compareObject(compared: Compared, rules: ComparisonRules): Comparison {
  const { wanted, live } = compared;
  const nothing: Comparison = {
    change: null,
    extra: [],
    shared: [],
    controlled: [],
    matched: [],
    problems: [],
  };
  if (wanted && live) return compareBoth({ ...compared, wanted, live }, rules);
  if (wanted) return { ...nothing, change: creation({ ...compared, wanted }, rules) };
  if (live) return { ...nothing, change: deletion(live, rules) };
  return nothing;
}

function creation(
  { wanted, answer, lastApplied }: Compared & { wanted: KubeObject },
  { masker }: ComparisonRules,
): RawChange {
  const after = normalise(answer ?? wanted);
  const cause: Cause = lastApplied === null ? 'pending' : lastApplied.sameWanted === false ? 'both' : 'drift';
  const shown = masker.whole(after);
  const attributes = leaves(after).map(({ path, value }) =>
    cause === 'drift'
      ? attribute(path, value, null, cause, after, masker)
      : attribute(path, null, value, 'pending', after, masker),
  );
  return {
    ...identity(answer ?? wanted),
    action: 'create',
    actions: ['create'],
    cause,
    before: null,
    after: shown,
    ...(cause === 'pending'
      ? {}
      : { drift: { actions: ['delete'], before: cause === 'drift' ? shown : null, after: null } }),
    attributes,
    replacedBecause: [],
  };
}

function deletion(live: KubeObject, { masker }: ComparisonRules): RawChange {
  const before = normalise(live);
  return {
    ...identity(live),
    action: 'delete',
    actions: ['delete'],
    cause: 'pending',
    before: masker.whole(before),
    after: null,
    attributes: leaves(before).map(({ path, value }) =>
      attribute(path, value, null, 'pending', before, masker),
    ),
    replacedBecause: [],
  };
}

/** Both versions as they are compared, and what differs. */
interface Findings {
  live: KubeObject;
  wanted: KubeObject;
  /** What an apply comes to: wanted, without what is extra in live. */
  desired: KubeObject;
  entries: readonly ManagedEntry[];
  found: Difference[];
  causes: Cause[];
  extra: ExtraField[];
}

function compareBoth(
  compared: Compared & { wanted: KubeObject; live: KubeObject },
  rules: ComparisonRules,
): Comparison {
  const { lastApplied, answer } = compared;
  const entries = managedEntries(compared.live);
  const declared = normalise(compared.wanted);
  const bare = normalise(compared.live);
  const withOwners: KubeObject = {
    ...bare,
    metadata: { ...bare.metadata, managedFields: managed(compared.live) },
  };
  const target = normalise(answer ?? clientAnswer(withOwners, declared, rules.manager));
  const ignored = ignoreDifferences(rules.ignore, bare, target, entries);
  const { live, wanted, matched, problems } = ignored;
  const known = knownLists(compared.live, ...(answer ? [answer] : []));
  const all = differences(live, wanted, known);
  const { found, controlled } = leaveToControllers(
    answer ? all : withoutDefaults(all, live),
    live,
    entries,
    rules,
  );
  const facts = { live, entries, wanted, lastApplied, manager: rules.manager };
  const extras = extraFields(
    live,
    entries,
    { manager: rules.manager, declared: [declared], controllers: rules.controllers },
    known,
  );
  const extra = extras.extra.filter(({ path }) => !found.some(({ livePath }) => isAbove(livePath, path)));
  const causes = differenceCauses(found, facts);
  const desired = withLive(withoutExtra(wanted, live, extra, known), controlled);
  const findings: Findings = { live, wanted, desired, entries, found, causes, extra };
  const change =
    found.length + extra.length === 0 ? null : update(compared.live, findings, compared.immutable, rules);
  return { change, extra, shared: extras.shared, controlled, matched, problems };
}

function update(
  object: KubeObject,
  findings: Findings,
  refused: readonly string[] | undefined,
  { masker, manager }: ComparisonRules,
): RawChange {
  const { live, desired, entries, found, causes, extra } = findings;
  const replacedBecause = immutablePointers(
    live,
    found.map(({ pointer }) => pointer),
    refused,
  );
  const drifted = found.filter((_, index) => causes[index] !== 'pending');
  const cause = joinCauses([...causes, ...extra.map((): Cause => 'drift')]);
  const shown = masker.pair(live, desired, [], live);
  const who = changedBy(
    drifted.map(({ livePath }) => livePath),
    extra,
    { live, entries, manager },
  );
  const replaces = replacedBecause.length > 0;
  return {
    ...identity(object),
    action: replaces ? 'replace' : 'update',
    actions: replaces ? ['delete', 'create'] : ['update'],
    cause,
    before: shown.before,
    after: shown.after,
    ...(cause === 'pending'
      ? {}
      : { drift: driftPart(cause === 'drift' ? desired : withReturned(live, drifted, extra), live, masker) }),
    attributes: [
      ...found.flatMap((each, index) => attributesOf(each, causes[index]!, findings, masker)),
      ...extra.map(({ path, value }) => attribute(path, null, value, 'drift', live, masker)),
    ],
    replacedBecause,
    ...(who.length === 0 ? {} : { changedBy: who }),
  };
}

function driftPart(
  before: KubeObject,
  after: KubeObject,
  masker: Masker,
): { actions: string[]; before: JsonValue; after: JsonValue } {
  const shown = masker.pair(before, after, [], after);
  return { actions: ['update'], before: shown.before, after: shown.after };
}

/** Drift is shown from what should be to live, what is pending from live to what is wanted. */
function attributesOf(
  { pointer, before, after, livePath, wantedPath }: Difference,
  cause: Cause,
  { live, wanted }: Findings,
  masker: Masker,
): AttributeChange[] {
  const [path, object] = before === null ? [wantedPath, wanted] : [livePath, live];
  const make = (from: JsonValue, to: JsonValue, why: 'drift' | 'pending'): AttributeChange => ({
    ...attribute(path, from, to, why, object, masker),
    pointer,
  });
  if (cause === 'drift') return [make(after, before, 'drift')];
  const pending = make(before, after, 'pending');
  if (cause === 'pending') return [pending];
  return [{ ...make(null, before, 'drift'), before: NOT_KEPT }, pending];
}

function attribute(
  path: Path,
  before: JsonValue,
  after: JsonValue,
  cause: 'drift' | 'pending',
  object: KubeObject,
  masker: Masker,
): AttributeChange {
  return {
    pointer: formatPointer(path),
    ...masker.pair(before, after, path, object),
    unknown: false,
    cause,
  };
}

function identity(object: KubeObject): Pick<RawChange, 'address' | 'kind' | 'name'> {
  return { address: objectAddress(objectId(object)), kind: object.kind, name: object.metadata.name };
}

function managed(object: KubeObject): JsonValue {
  return object.metadata['managedFields'] ?? [];
}

/** All values of an object but those that name it; empty maps and lists where they are fields of their own. */
function leaves(object: KubeObject): { path: Path; value: JsonValue }[] {
  const { apiVersion: _, kind: __, metadata, ...rest } = object;
  const { name: ___, namespace: ____, ...more } = metadata;
  const found: { path: Path; value: JsonValue }[] = [];
  const visit = (value: JsonValue, path: Path): void => {
    const members = typeof value === 'object' && value !== null ? Object.entries(value) : [];
    const isEmptySection = path.length === 1 && typeof value === 'object';
    if (members.length === 0 && value !== null && !isEmptySection) found.push({ path, value });
    for (const [name, member] of members) visit(member, [...path, name]);
  };
  for (const [name, value] of Object.entries({ metadata: more, ...rest })) visit(value, [name]);
  return found;
}

function isAbove(path: Path, other: Path): boolean {
  return path.length <= other.length && path.every((name, index) => name === other[index]);
}
