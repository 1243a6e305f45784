import { objectAddress } from '../../../kube/object.ts';
import type { ApplyRules } from './annotations.ts';
import { compareTexts, isNamespace, kindRank } from './kind-order.ts';
import { needsOf, offerOf, type Placed } from './needs.ts';

/** A live object of the inventory that Git no longer has, with what it says of itself. */
export interface Prunable extends Placed {
  rules: Pick<
    ApplyRules,
    'wave' | 'hook' | 'prune' | 'pruneLast' | 'prunePropagation' | 'ssa' | 'reconcile' | 'ignoreExtraneous'
  >;
}

/** Why an object stays although Git no longer has it. */
export type KeptReason = 'no_prune' | 'hook' | 'not_reconciled' | 'ignored' | 'being_deleted';

/** Objects that may be deleted at the same time. */
export interface PruneStage<T> {
  /** Of phase Sync: what is pruned in a wave goes before what is written in it. */
  wave: number;
  objects: (T & { propagation: Prunable['rules']['prunePropagation'] })[];
}

/** What is deleted in which order, and what isn't. */
export interface PruneOrder<T> {
  /** Each waits until the objects of the one before are gone. */
  stages: PruneStage<T>[];
  kept: { address: string; reason: KeptReason }[];
  /** Addresses of those among the stages that say `Prune=confirm`: deleted only with people's approval. */
  toConfirm: string[];
}

/**
 * The order in which objects are pruned: waves mirrored, so that what came first goes last; those with `PruneLast` after the
 * last wave of all; namespaces after everything else, and no CRD before its objects. Argo CD's rules
 * (https://argo-cd.readthedocs.io/en/stable/user-guide/sync-waves/#how-does-it-work; the waves that prunes are in swap places
 * from outside in), with the kinds of a wave in reverse, which it leaves open. The same for any order of the input. How much
 * may be pruned at all is the pipeline's policy.
 *
 * @param appliedWaves the waves of phase Sync in which objects are written
 */
export function pruneOrder<T extends Prunable>(
  objects: readonly T[],
  appliedWaves: readonly number[],
): PruneOrder<T> {
  const kept: PruneOrder<T>['kept'] = [];
  const pruned: T[] = [];
  for (const item of objects) {
    const reason = keptReason(item);
    if (reason === null) pruned.push(item);
    else kept.push({ address: objectAddress(item.id), reason });
  }
  const entries = afterTheirUsers(withWaves(pruned, appliedWaves));
  return {
    stages: stagesOf(entries.toSorted(compareEntries)),
    kept: kept.toSorted((a, b) => compareTexts(a.address, b.address)),
    toConfirm: pruned
      .filter(({ rules }) => rules.prune === 'confirm')
      .map(({ id }) => objectAddress(id))
      .toSorted(compareTexts),
  };
}

function keptReason({ rules, object }: Prunable): KeptReason | null {
  if (rules.hook !== null) return 'hook';
  if (!rules.reconcile || rules.ssa === 'ignore') return 'not_reconciled';
  if (rules.prune === 'no') return 'no_prune';
  if (rules.ignoreExtraneous) return 'ignored';
  return typeof object.metadata['deletionTimestamp'] === 'string' ? 'being_deleted' : null;
}

interface Entry<T> {
  item: T;
  wave: number;
}

/** Waves swapped from outside in; `PruneLast` one after the last of all, which is at least 1. */
function withWaves<T extends Prunable>(items: readonly T[], appliedWaves: readonly number[]): Entry<T>[] {
  const waves = [...new Set(items.map(({ rules }) => rules.wave))].toSorted((a, b) => a - b);
  const mirrored = new Map(waves.map((wave, index) => [wave, waves[waves.length - 1 - index]!]));
  const last = [...appliedWaves, ...waves].reduce((max, wave) => Math.max(max, wave), 0) + 1;
  return items.map((item) => ({
    item,
    wave: item.rules.pruneLast || isNamespace(item.id) ? last : mirrored.get(item.rules.wave)!,
  }));
}

/** A CRD takes its objects with it: it goes no earlier than the last of those that are pruned themselves. */
function afterTheirUsers<T extends Prunable>(entries: readonly Entry<T>[]): Entry<T>[] {
  const lastUse = new Map<string, number>();
  for (const { item, wave } of entries) {
    for (const need of needsOf(item)) lastUse.set(need, Math.max(lastUse.get(need) ?? wave, wave));
  }
  return entries.map(({ item, wave }) => {
    const offer = offerOf(item);
    const use = offer === null ? undefined : lastUse.get(offer);
    return { item, wave: Math.max(wave, use ?? wave) };
  });
}

function stagesOf<T extends Prunable>(entries: readonly Entry<T>[]): PruneStage<T>[] {
  const stages: PruneStage<T>[] = [];
  let previous: Entry<T> | undefined;
  for (const entry of entries) {
    if (previous === undefined || previous.wave !== entry.wave || rank(previous) !== rank(entry)) {
      stages.push({ wave: entry.wave, objects: [] });
    }
    stages.at(-1)!.objects.push({ ...entry.item, propagation: entry.item.rules.prunePropagation });
    previous = entry;
  }
  return stages;
}

/** Within a wave, last kinds first, and namespaces at the very end. */
function rank<T extends Prunable>({ item }: Entry<T>): number {
  return isNamespace(item.id) ? 1 : -kindRank(item.id.kind);
}

function compareEntries<T extends Prunable>(a: Entry<T>, b: Entry<T>): number {
  return (
    a.wave - b.wave ||
    rank(a) - rank(b) ||
    compareTexts(a.item.id.name, b.item.id.name) ||
    compareTexts(objectAddress(a.item.id), objectAddress(b.item.id))
  );
}
