import type { PlanProblem } from '../../domain/plan.ts';
import type { ResourceType } from '../../kube/cluster.ts';
import { metaTexts, objectAddress, type KubeObject } from '../../kube/object.ts';
import type { Comparer } from './comparer.ts';
import { inventoryName, type InventoryEntry } from './inventory.ts';
import { STACK_LABEL } from './labels.ts';
import { readLive } from './live.ts';
import { applyRules } from './order/annotations.ts';
import { pruneOrder } from './order/prune-order.ts';
import type { SyncOptions } from './order/sync-options.ts';
import type { PlannedPrune } from './planned-stack.ts';
import { isRemoved } from './removed/removed-stack.ts';
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
  /** What other stacks declare and will take over, and which. */
  claimed: ReadonlyMap<string, string> | undefined;
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
  { stack, comparer, partial, keepsAll, claimed }: PruneRules,
): Promise<Prunes> {
  const removed = isRemoved(session.context.stack);
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
  const isUnclaimed = ({ entry, address }: { entry: InventoryEntry; address: string }): boolean => {
    const by = claimed?.get(address);
    if (by === undefined) return true;
    result.left.push(entry);
    result.warnings.push(`${address} is declared by ${by}, which takes it over.`);
    return false;
  };
  const found = sought.flatMap(({ entry, type }) => {
    const address = objectAddress(entry.id);
    const object = live.get(address);
    return object !== undefined && isOurs(session, object) ? [{ entry, type, address, object }] : [];
  });
  const candidates = found.filter(isUnclaimed).map(({ entry, type, address, object }) => {
    const { rules: said } = applyRules({ object, hook: null }, stack);
    const rules = removed ? withDelete(said) : said;
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
  if (removed && result.problems.length === 0)
    result.prunes.push(...(await ownInventory(session, result, comparer)));
  return result;
}

/** Where nothing else is left to be deleted, the inventory itself is: then the stack is no more. */
async function ownInventory(
  session: Session,
  { prunes, left }: Prunes,
  comparer: Comparer,
): Promise<PlannedPrune[]> {
  if (prunes.length > 0 || left.some(({ released }) => released !== true)) return [];
  const { cluster, request, options, stackId } = session;
  const type = await cluster.resource({ group: '', kind: 'ConfigMap' }, request);
  const id = { group: '', kind: 'ConfigMap', namespace: options.namespace, name: inventoryName(stackId) };
  const object = await cluster.get(type, id, request);
  if (object === undefined) return [];
  const { rules } = applyRules({ object, hook: null });
  return [{ id, address: objectAddress(id), object, type, rules, change: comparer.deletion(object).change }];
}

/** `Delete` says of a whole stack what `Prune` says of an object; the more careful of the two counts. */
function withDelete(rules: PlannedPrune['rules']): PlannedPrune['rules'] {
  const words = [rules.prune, rules.delete];
  const prune = words.includes('no') ? 'no' : words.includes('confirm') ? 'confirm' : 'yes';
  return { ...rules, prune };
}

function isOurs({ stackId }: Session, object: KubeObject): boolean {
  return metaTexts(object, 'labels')[STACK_LABEL] === stackId;
}
