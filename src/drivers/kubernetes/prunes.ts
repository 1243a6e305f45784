import type { PlanProblem } from '../../domain/plan.ts';
import type { ResourceType } from '../../kube/cluster.ts';
import { metaTexts, objectAddress, type KubeObject } from '../../kube/object.ts';
import type { Comparer } from './comparer.ts';
import type { InventoryEntry } from './inventory.ts';
import { STACK_LABEL } from './labels.ts';
import { readLive } from './live.ts';
import { applyRules } from './order/annotations.ts';
import { pruneOrder } from './order/prune-order.ts';
import type { SyncOptions } from './order/sync-options.ts';
import type { PlannedPrune } from './planned-stack.ts';
import { servedType } from './served-type.ts';
import type { Session } from './session.ts';

/** What becomes of the objects that Git no longer has. */
export interface Prunes {
  prunes: PlannedPrune[];
  /** Entries that stay in the inventory although Git no longer has them. */
  left: InventoryEntry[];
  problems: PlanProblem[];
  warnings: string[];
}

/** What decides on prunes. */
interface PruneRules {
  stack: Partial<SyncOptions>;
  comparer: Comparer;
  /** A part of the source can't be read: what is missing may be there, so that nothing is pruned. */
  partial: boolean;
  /** Why nothing may be pruned, for people; null: nothing is in the way. */
  keepsAll: string | null;
}

const PARTIAL = 'Nothing is pruned as long as a part of the source can’t be read.';

/** Why an object stays, for people. */
const KEPT = {
  no_prune: 'it says Prune=false',
  hook: 'it is a hook',
  not_reconciled: 'it says that it is not to be reconciled',
  ignored: 'it says IgnoreExtraneous',
  being_deleted: 'it is being deleted already',
} as const;

/**
 * The objects of the inventory that Git no longer has: those that are live and still this stack's would be deleted, unless
 * they say otherwise. What is gone, or another stack's by now, is simply forgotten.
 */
export async function plannedPrunes(
  session: Session,
  gone: readonly InventoryEntry[],
  { stack, comparer, partial, keepsAll }: PruneRules,
): Promise<Prunes> {
  const kept = partial ? PARTIAL : keepsAll;
  if (kept !== null && (gone.length > 0 || !partial))
    return { prunes: [], left: [...gone], problems: [], warnings: [kept] };
  const result: Prunes = { prunes: [], left: [], problems: [], warnings: [] };
  const sought: { entry: InventoryEntry; type: ResourceType }[] = [];
  for (const entry of gone) {
    const type = await servedType(session, entry.id);
    // With its definition, all objects of a kind went.
    if (type !== undefined) sought.push({ entry, type });
  }
  const asked = sought.map(({ entry: { id }, type }) => ({ id, type }));
  const entries = new Map(gone.map((entry) => [objectAddress(entry.id), entry]));
  const live = await readLive(session.cluster, asked, session.request, (address, { code, message }) => {
    result.left.push(entries.get(address)!);
    result.problems.push({ address, code, message });
  });
  const found = sought.flatMap(({ entry, type }) => {
    const address = objectAddress(entry.id);
    const object = live.get(address);
    return object !== undefined && isOurs(session, object) ? [{ entry, type, address, object }] : [];
  });
  const candidates = found.map(({ entry, type, address, object }) => {
    const { rules } = applyRules({ object, hook: null }, stack);
    return { entry, id: entry.id, type, address, object, rules };
  });
  const { kept: staying } = pruneOrder(candidates, []);
  const stays = new Map(staying.map(({ address, reason }) => [address, reason]));
  for (const { entry, ...candidate } of candidates) {
    const reason = stays.get(candidate.address);
    if (reason === undefined)
      result.prunes.push({ ...candidate, change: comparer.deletion(candidate.object).change });
    else {
      result.left.push(reason === 'being_deleted' ? entry : { ...entry, released: true });
      result.warnings.push(`${candidate.address} is no longer in Git and stays: ${KEPT[reason]}.`);
    }
  }
  return result;
}

function isOurs({ stackId }: Session, object: KubeObject): boolean {
  return metaTexts(object, 'labels')[STACK_LABEL] === stackId;
}
