import type { KubeObject } from '../../kube/object.ts';
import { errorCode } from '../../util/errors.ts';
import { FIELD_MANAGER } from './labels.ts';
import type { Session } from './session.ts';

/** Whether a namespace is there. */
export async function namespaceExists(
  { cluster, request }: Pick<Session, 'cluster' | 'request'>,
  name: string,
): Promise<boolean> {
  const type = await cluster.resource({ group: '', kind: 'Namespace' }, request);
  return (await cluster.get(type, { namespace: '', name }, request)) !== undefined;
}

/** Makes a namespace; one that somebody else made first is fine. */
export async function createNamespace({ cluster, request }: Session, object: KubeObject): Promise<void> {
  const type = await cluster.resource({ group: '', kind: 'Namespace' }, request);
  try {
    await cluster.create(type, object, { ...request, fieldManager: FIELD_MANAGER });
  } catch (error) {
    if (errorCode(error) !== 'kube_exists') throw error;
  }
}

/** Makes Plumbline's own namespace, which is missing. It stays when stacks go. */
export async function createOwnNamespace(session: Session): Promise<void> {
  const name = session.options.namespace;
  const labels = { 'app.kubernetes.io/managed-by': FIELD_MANAGER };
  await createNamespace(session, { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } });
}
