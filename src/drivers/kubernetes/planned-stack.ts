import type { RawChange } from '../../domain/change.ts';
import type { PlanProblem } from '../../domain/plan.ts';
import type { ResourceType } from '../../kube/cluster.ts';
import type { KubeObject, ObjectId } from '../../kube/object.ts';
import type { ControlledField } from './compare/controlled.ts';
import type { ExtraField } from './compare/extra.ts';
import type { IgnoreDifferences } from './compare/ignore-differences.ts';
import type { InventoryEntry, Inventory } from './inventory.ts';
import type { ApplyRules } from './order/annotations.ts';
import type { ClusterFacts } from './plan-reads.ts';
import type { Rendered } from './rendered.ts';
import type { Wanted } from './wanted.ts';

/** An object that Git wants, and what an apply would do to it. */
export interface PlannedObject {
  id: ObjectId;
  address: string;
  object: KubeObject;
  wanted: Wanted;
  rules: ApplyRules;
  live: KubeObject | null;
  /** null: nothing, or it is a hook, which is never compared. */
  change: RawChange | null;
  /** Live fields that nobody declared: an apply takes them away. */
  extra: readonly ExtraField[];
  /** Fields of Git that a controller has written over: an apply leaves them to it. */
  controlled: readonly ControlledField[];
  /** What an apply leaves as it is live; null: it writes over what is ignored. */
  respected: IgnoreDifferences | null;
}

/** An object of the inventory that Git no longer has, and that is still there. */
export interface PlannedPrune {
  id: ObjectId;
  address: string;
  /** As it is live. */
  object: KubeObject;
  type: ResourceType;
  rules: ApplyRules;
  change: RawChange | null;
}

/** All that a plan found out. */
export interface PlannedStack {
  rendered: Rendered;
  objects: PlannedObject[];
  prunes: PlannedPrune[];
  /** What is kept although Git no longer has it, and what is gone already, stays out of this. */
  inventory: Inventory | undefined;
  /** Entries of objects that Git no longer has and that an apply leaves where they are. */
  left: InventoryEntry[];
  /** Made before everything else; no object of the stack, so that it is never changed or pruned. */
  createsNamespace: KubeObject | null;
  problems: PlanProblem[];
  warnings: string[];
  cluster: ClusterFacts;
}

/** Whether an apply would write anything: then its hooks run, too. */
export function writesAnything({ objects, prunes }: Pick<PlannedStack, 'objects' | 'prunes'>): boolean {
  return [...objects, ...prunes].some(({ change }) => change !== null && change.action !== 'none');
}
