import { isJsonObject } from '../../../domain/json.ts';
import type { Cluster, RequestOptions, ResourceType } from '../../../kube/cluster.ts';
import { objectOf, objectsOf, textOf } from '../../../kube/fields.ts';
import type { KubeObject } from '../../../kube/object.ts';
import { apiVersionOf, collectionPath } from '../../../kube/paths.ts';

const PAGE = '500';
const ACCEPT = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json';

/**
 * The objects of a type in a namespace without what is in them: neither the values of Secrets nor anything large travels.
 * @throws PlumblineError as `Cluster.list`
 */
export async function listMetadata(
  cluster: Cluster,
  type: ResourceType,
  { namespace, ...request }: RequestOptions & { namespace: string },
): Promise<KubeObject[]> {
  const objects: KubeObject[] = [];
  for (let token = ''; ;) {
    const query = { limit: PAGE, ...(token === '' ? {} : { continue: token }) };
    const path = collectionPath(type, namespace);
    const page = await cluster.request({ method: 'GET', path, query, accept: ACCEPT, ...request });
    const list = isJsonObject(page) ? page : {};
    for (const { metadata } of objectsOf(list['items'])) {
      if (!isJsonObject(metadata) || typeof metadata['name'] !== 'string') continue;
      const { managedFields: _, ...kept } = metadata;
      objects.push({
        apiVersion: apiVersionOf(type),
        kind: type.kind,
        metadata: { ...kept, name: metadata['name'] },
      });
    }
    token = textOf(objectOf(list, 'metadata'), 'continue');
    if (token === '') return objects;
  }
}
