import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { metaTexts, objectAddress } from '../../../kube/object.ts';
import { readInventory, removeInventory, writeInventory } from '../inventory.ts';
import { STACK_LABEL } from '../labels.ts';
import type { PlannedStack } from '../planned-stack.ts';
import type { Session } from '../session.ts';

/**
 * After an apply: what was taken over from a stack whose folder is gone is crossed out in that one's inventory, which goes when
 * nothing is left in it. So a stack that was moved leaves nothing behind. Safe to run again.
 */
export async function handOver(
  session: Session,
  { objects }: Pick<PlannedStack, 'objects'>,
  done: ReadonlyMap<string, unknown>,
): Promise<void> {
  const { cluster, request, options, stackId } = session;
  const place = { cluster, request, namespace: options.namespace };
  const taken = objects.flatMap(({ address, live }) => {
    const holder = live === null ? undefined : metaTexts(live, 'labels')[STACK_LABEL];
    return holder === undefined || holder === stackId || !done.has(address) ? [] : [{ address, holder }];
  });
  for (const [holder, own] of Map.groupBy(taken, (one) => one.holder)) {
    const inventory = await readInventory(place, holder);
    if (inventory === undefined || !(await isMoved(session, inventory))) continue;
    const addresses = new Set(own.map(({ address }) => address));
    const entries = inventory.entries.filter(({ id }) => !addresses.has(objectAddress(id)));
    if (entries.every(({ released }) => released === true)) await removeInventory(place, holder);
    else await writeInventory(place, { ...inventory, entries }, inventory.parts ?? []);
  }
}

async function isMoved(
  { context }: Session,
  { repo, path }: { repo: string; path: string },
): Promise<boolean> {
  if (repo !== context.repo) return false;
  return await stat(join(context.workTree, path)).then(
    () => false,
    () => true,
  );
}
