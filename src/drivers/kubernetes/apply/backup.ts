import type { KubeObject } from '../../../kube/object.ts';
import type { StateBackup } from '../../driver.ts';
import { writesAnything, type PlannedStack } from '../planned-stack.ts';
import type { Session } from '../session.ts';

/**
 * Keeps all objects of a stack as they are, when an apply is about to change something: those that it would change or delete,
 * and the others, so that the whole can be returned to.
 */
export async function backupStack(session: Session, planned: PlannedStack): Promise<StateBackup> {
  const live = planned.objects.flatMap(({ live: object }) => (object === null ? [] : [object]));
  const going = planned.prunes.map(({ object }) => object);
  return await keepObjects(session, writesAnything(planned) ? [...live, ...going] : []);
}

/** Keeps objects. Their values may be secret: it is encrypted. */
export async function keepObjects(session: Session, items: readonly KubeObject[]): Promise<StateBackup> {
  const { cluster, request, context, stackId } = session;
  const lineage = `${await cluster.uid(request)}/${stackId}`;
  if (items.length === 0) return { content: null, lineage, serial: 0 };
  const list = { apiVersion: 'v1', kind: 'List', metadata: { annotations: { [LINEAGE]: lineage } }, items };
  return { content: await context.artifacts('state', JSON.stringify(list)), lineage, serial: 0 };
}

/** On a list of saved objects: which stack of which cluster they were saved from. */
export const LINEAGE = 'plumbline.dev/lineage';
