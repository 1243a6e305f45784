import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { PlanProblem } from '../../domain/plan.ts';
import { metaTexts, objectAddress, type KubeObject } from '../../kube/object.ts';
import { definedKeysAt } from './definitions/defined-stacks.ts';
import { readInventory, type Inventory } from './inventory.ts';
import { STACK_LABEL } from './labels.ts';
import type { LiveObjects } from './live.ts';
import type { Session } from './session.ts';
import type { Wanted } from './wanted.ts';

/** Objects that other stacks hold, and those that are taken over from stacks that are no more. */
export interface Ownership {
  problems: PlanProblem[];
  warnings: string[];
}

/**
 * Two stacks never own one object: one that carries another stack's label is refused as long as that stack is there. What
 * was left by a stack that was moved, removed or renamed in this repository is taken over.
 */
export async function checkOwnership(
  session: Session,
  objects: readonly Wanted[],
  live: LiveObjects,
): Promise<Ownership> {
  const result: Ownership = { problems: [], warnings: [] };
  const holders = new Map<string, Promise<Inventory | undefined>>();
  const { cluster, request, options } = session;
  for (const { address } of objects) {
    const object = live.get(address);
    const holder = object === undefined ? undefined : otherHolder(session, object);
    if (holder === undefined) continue;
    const place = { cluster, request, namespace: options.namespace };
    const asked = holders.get(holder) ?? readInventory(place, holder);
    holders.set(holder, asked);
    const inventory = await asked;
    if (inventory === undefined || !holds(inventory, address)) continue;
    const gone = await whyGone(session, inventory);
    if (gone !== undefined) result.warnings.push(`${address} is taken over from ${gone}.`);
    else result.problems.push(heldElsewhere(address, inventory));
  }
  return result;
}

function otherHolder({ stackId }: Session, object: KubeObject): string | undefined {
  const label = metaTexts(object, 'labels')[STACK_LABEL];
  return label === stackId ? undefined : label;
}

function holds({ entries }: Inventory, address: string): boolean {
  return entries.some(({ id, released }) => released !== true && objectAddress(id) === address);
}

/** Where a stack has gone to that is no longer in this repository at this commit, for people; undefined: it is there. */
async function whyGone(session: Session, { repo, path, stackKey }: Inventory): Promise<string | undefined> {
  const { context, stack, options } = session;
  if (repo !== context.repo) return undefined;
  const isThere = await stat(join(context.workTree, path)).then(
    () => true,
    () => false,
  );
  if (!isThere) return `${path}, which is no longer in this repository`;
  // What definitions make of a folder is all that is made of it: a key that none of them has is one of before.
  if (stack.definition === undefined || path !== context.stack.path) return undefined;
  const keys = await definedKeysAt(context, options);
  return keys.includes(context.stack.key) && !keys.includes(stackKey)
    ? `${stackKey}, which no definition of this repository makes a stack by now`
    : undefined;
}

function heldElsewhere(address: string, { repo, stackKey }: Inventory): PlanProblem {
  return {
    address,
    code: 'owned_elsewhere',
    message: `It belongs to the stack ${stackKey} of ${repo}. Remove it from one of the two; to move it, have the other stack keep it first (plumbline.dev/sync-options: Prune=false), sync that, then remove it there.`,
  };
}
