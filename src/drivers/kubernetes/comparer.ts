import { sameJson } from '../../domain/canonical-json.ts';
import type { RawChange } from '../../domain/change.ts';
import type { JsonValue } from '../../domain/json.ts';
import { showNumbers } from '../../kube/exact-numbers.ts';
import type { KubeObject } from '../../kube/object.ts';
import {
  compileIgnoreDifferences,
  unusedRules,
  type IgnoreDifferences,
} from './compare/ignore-differences.ts';
import { parseFieldSet } from './compare/managed-fields.ts';
import { createMasker } from './compare/mask.ts';
import { compareObject, type Comparison, type ComparisonRules } from './compare/to-change.ts';
import type { LastApplied } from './compare/cause.ts';
import type { Outcome } from './dry-run.ts';
import type { InventoryEntry } from './inventory.ts';
import { FIELD_MANAGER } from './labels.ts';
import type { Rendered } from './rendered.ts';
import type { Session } from './session.ts';
import type { Wanted } from './wanted.ts';
import { wantedHash } from './wanted-hash.ts';

/** What is compared of one object. */
export interface ToCompare {
  wanted: Wanted;
  live: KubeObject | null;
  outcome: Outcome;
  /** What the inventory knows of it. */
  last: InventoryEntry | null;
}

/** Compares the objects of one plan by the stack's rules, and notes which of them found something. */
export interface Comparer {
  /** What is ignored. */
  ignore: IgnoreDifferences;
  compare(one: ToCompare): Comparison;
  /** The change of an object that Git no longer has. */
  deletion(live: KubeObject): Comparison;
  /** Rules of `ignore_differences` that have found nothing so far, for people. */
  unmatched(): string[];
}

/** @param rendered its secrets show up nowhere, and its rules count beside those of the stack */
export function createComparer(
  { stack, options }: Session,
  { secrets, ignoreDifferences = [] }: Pick<Rendered, 'secrets' | 'ignoreDifferences'>,
): Comparer {
  const ignore = compileIgnoreDifferences([...ignoreDifferences, ...stack.ignoreDifferences]);
  const rules: ComparisonRules = {
    ignore,
    controllers: options.controllers,
    masker: createMasker(secrets),
    manager: FIELD_MANAGER,
  };
  const matched: number[][] = [];
  const compare = (compared: Parameters<typeof compareObject>[0]): Comparison => {
    const found = compareObject(compared, rules);
    matched.push(found.matched);
    return { ...found, change: found.change && shown(found.change) };
  };
  return {
    ignore,
    compare: ({ wanted, live, outcome, last }) =>
      compare({
        wanted: wanted.object,
        live,
        answer: outcome.kind === 'answer' ? outcome.answer : null,
        lastApplied: last === null ? null : lastApplied(wanted.object, last, secrets),
        ...(outcome.kind === 'immutable' ? { immutable: outcome.fields } : {}),
      }),
    deletion: (live) => compare({ wanted: null, live, answer: null, lastApplied: null }),
    unmatched: () =>
      unusedRules(ignore, matched).map(
        ({ rule: { group = '', kind, name } }) =>
          `ignore_differences for ${kind}${group === '' ? '' : `.${group}`}${name === undefined ? '' : ` ${name}`} matches nothing.`,
      ),
  };
}

/** Numbers that a double can't hold travel as marked texts; people see the number. */
function shown(change: RawChange): RawChange {
  return showNumbers(change as unknown as JsonValue) as unknown as RawChange;
}

/** An entry of an apply that was begun and never ended says nothing of it. */
function lastApplied(
  wanted: KubeObject,
  { wanted: hash, fields }: InventoryEntry,
  secrets: readonly string[],
): LastApplied | null {
  const known = parseFieldSet(fields);
  if (hash === null && known === null) return null;
  const now = wantedHash(wanted, secrets);
  return { sameWanted: hash === null || now === null ? null : sameJson(hash, now), fields: known };
}
