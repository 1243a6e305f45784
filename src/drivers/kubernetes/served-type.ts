import type { ResourceType } from '../../kube/cluster.ts';
import type { ObjectId } from '../../kube/object.ts';
import { errorCode } from '../../util/errors.ts';
import type { Session } from './session.ts';

/** The type of a kind; undefined when the cluster does not serve it (any more). */
export async function servedType(
  { cluster, request }: Session,
  { group, kind }: Pick<ObjectId, 'group' | 'kind'>,
): Promise<ResourceType | undefined> {
  try {
    return await cluster.resource({ group, kind }, request);
  } catch (error) {
    if (errorCode(error) === 'kube_unknown_kind') return undefined;
    throw error;
  }
}
