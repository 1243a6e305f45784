import type { Cause, ChangedBy } from '../../../domain/change.ts';
import type { KubeObject } from '../../../kube/object.ts';
import type { Difference } from './differences.ts';
import type { ExtraField } from './extra.ts';
import { fieldSetContains, ownersOf, type FieldSet, type ManagedEntry, type Path } from './managed-fields.ts';

/** What the inventory knows of the last apply. Null in its place: the object was never applied. */
export interface LastApplied {
  /** The object as it was wanted then is the one that is wanted now, by its hash; null where there is none. */
  sameWanted: boolean | null;
  /** The fields that the apply set; null when they are not known. */
  fields: FieldSet | null;
}

/** What the cause of a difference is read from. */
export interface CauseFacts {
  /** As it is compared; list positions are those of the differences' `livePath`. */
  live: KubeObject;
  /** Of the live object, which lost them when it was normalised. */
  entries: readonly ManagedEntry[];
  /** The object that the differences' `wantedPath` point into. */
  wanted: KubeObject;
  lastApplied: LastApplied | null;
  /** Our own field manager. */
  manager: string;
}

/**
 * Why each of an object's differences is there (ADR 0011): where we still own the field, or the last apply didn't set it, Git
 * moved; where the last apply set it and we no longer own it, live moved; where the same was wanted before, nothing can be
 * pending. When the wanted object did change, and no other difference shows it, then it changed in what has drifted: `both`.
 */
export function differenceCauses(differences: readonly Difference[], facts: CauseFacts): Cause[] {
  const causes = differences.map((difference) => causeOf(difference, facts));
  const movedInGit = facts.lastApplied !== null && facts.lastApplied.sameWanted === false;
  return movedInGit && !causes.includes('pending') ? causes.map(() => 'both') : causes;
}

function causeOf(difference: Difference, facts: CauseFacts): 'drift' | 'pending' {
  const { lastApplied, live, wanted } = facts;
  if (lastApplied === null) return 'pending';
  if (lastApplied.sameWanted) return 'drift';
  const { livePath, wantedPath } = difference;
  if (isThere(livePath) && owners(livePath, facts).some((entry) => isOurs(entry, facts))) return 'pending';
  if (lastApplied.fields === null) return 'pending';
  const wasSet =
    (isThere(livePath) && fieldSetContains(lastApplied.fields, live, livePath)) ||
    (isThere(wantedPath) && fieldSetContains(lastApplied.fields, wanted, wantedPath));
  return wasSet ? 'drift' : 'pending';
}

/** One cause for a whole object. @param causes of its parts; drift for live fields that nobody declared */
export function joinCauses(causes: readonly Cause[]): Cause {
  const drift = causes.some((cause) => cause !== 'pending');
  const pending = causes.some((cause) => cause !== 'drift');
  if (drift && pending) return 'both';
  return drift ? 'drift' : 'pending';
}

/**
 * Who changed what has drifted, newest first, each manager and operation once. Nobody stands here for what was taken away: a
 * removal leaves no owner.
 */
export function changedBy(
  drifted: readonly Path[],
  extra: readonly ExtraField[],
  facts: Pick<CauseFacts, 'live' | 'entries' | 'manager'>,
): ChangedBy[] {
  const found = [
    ...drifted
      .filter(isThere)
      .flatMap((path) => owners(path, facts))
      .filter((entry) => !isOurs(entry, facts)),
    ...extra,
  ];
  const byName = new Map<string, ChangedBy>();
  for (const { manager, operation, at } of found) {
    const name = `${operation} ${manager}`;
    const known = byName.get(name);
    if (!known || (at ?? '') > (known.at ?? '')) byName.set(name, { manager, operation, at });
  }
  return [...byName.values()].sort(newestFirst);
}

function owners(path: Path, { live, entries }: Pick<CauseFacts, 'live' | 'entries'>): ManagedEntry[] {
  return ownersOf(live, path, entries).filter((entry) => entry.subresource !== 'status');
}

function isOurs(entry: ManagedEntry, { manager }: Pick<CauseFacts, 'manager'>): boolean {
  return entry.manager === manager;
}

function isThere(path: Path): boolean {
  return path.at(-1) !== '-';
}

function newestFirst(a: ChangedBy, b: ChangedBy): number {
  const [left, right] = [a.at ?? '', b.at ?? ''];
  if (left !== right) return left < right ? 1 : -1;
  return a.manager < b.manager ? -1 : 1;
}
