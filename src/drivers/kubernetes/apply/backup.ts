import type { StateBackup } from '../../driver.ts';
import type { PlannedStack } from '../planned-stack.ts';
import type { Session } from '../session.ts';

/** Keeps the objects that an apply would change or delete, as they are now. Their values may be secret: it is encrypted. */
export async function backupObjects(session: Session, planned: PlannedStack): Promise<StateBackup> {
  const { cluster, objects, prunes } = planned;
  const lineage = `${cluster.uid}/${session.stackId}`;
  const touched = [
    ...objects.flatMap(({ live, change }) => (live !== null && change !== null ? [live] : [])),
    ...prunes.flatMap(({ object, change }) => (change !== null ? [object] : [])),
  ];
  if (touched.length === 0) return { content: null, lineage, serial: 0 };
  const list = { apiVersion: 'v1', kind: 'List', items: touched };
  return { content: await session.context.artifacts('state', JSON.stringify(list)), lineage, serial: 0 };
}
