import { metaTexts, type KubeObject } from '../../../kube/object.ts';
import type { StateBackup } from '../../driver-results.ts';
import { STACK_LABEL } from '../labels.ts';
import { readLive, type Sought } from '../live.ts';
import { writesAnything, type PlannedStack } from '../planned-stack.ts';
import { servedType } from '../served-type.ts';
import type { Session } from '../session.ts';

/** Objects as they were, with what is needed to return to them. JSON, and encrypted: values may be secret. */
export interface SavedObjects {
  kind: 'List';
  apiVersion: 'v1';
  metadata: { annotations: { [LINEAGE]: string } };
  items: readonly KubeObject[];
  /** What the stack's source had of secrets then: it must show up nowhere. */
  secrets: readonly string[];
}

/** Which stack of which cluster objects were saved from. */
export const LINEAGE = 'plumbline.dev/lineage';

/**
 * Keeps all objects of a stack as they are, when an apply is about to change something: those that it would change or delete,
 * and the others, so that the whole can be returned to. What is only kept meanwhile, e.g. what a suspended release has, belongs to
 * it as well: a return would prune it otherwise.
 * @param always also when nothing is about to change
 */
export async function backupStack(
  session: Session,
  planned: PlannedStack,
  { always = false } = {},
): Promise<StateBackup> {
  const { secrets } = planned.rendered;
  if (!always && !writesAnything(planned)) return await keepObjects(session, [], secrets);
  const live = planned.objects.flatMap(({ live: object }) => (object === null ? [] : [object]));
  const going = planned.prunes.map(({ object }) => object);
  return await keepObjects(session, [...live, ...going, ...(await keptObjects(session, planned))], secrets);
}

/** What is left where it is and is still the stack's: neither released to others, nor being deleted. */
async function keptObjects(session: Session, { left }: PlannedStack): Promise<KubeObject[]> {
  const sought: Sought[] = [];
  for (const { id, released } of left) {
    const type = released ? undefined : await servedType(session, id);
    if (type !== undefined) sought.push({ id, type });
  }
  // One that may not be read can't be pruned either.
  const live = await readLive(session.cluster, sought, session.request, () => undefined);
  return [...live.values()].filter(
    (object) =>
      metaTexts(object, 'labels')[STACK_LABEL] === session.stackId &&
      object.metadata['deletionTimestamp'] === undefined,
  );
}

/** Keeps objects; nothing where there are none. */
export async function keepObjects(
  session: Session,
  items: readonly KubeObject[],
  secrets: readonly string[],
): Promise<StateBackup> {
  const lineage = await lineageOf(session);
  if (items.length === 0) return { content: null, lineage, serial: 0 };
  const metadata = { annotations: { [LINEAGE]: lineage } };
  const saved: SavedObjects = { apiVersion: 'v1', kind: 'List', metadata, items, secrets };
  return { content: await session.context.artifacts('state', JSON.stringify(saved)), lineage, serial: 0 };
}

/** The same as long as a stack is the same one, on the same cluster. */
export async function lineageOf({ reads, stackId }: Session): Promise<string> {
  return `${(await reads.facts()).uid}/${stackId}`;
}
