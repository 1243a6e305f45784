import { isJsonObject, type JsonObject, type JsonValue } from '../domain/json.ts';
import { errorCode, PlumblineError } from '../util/errors.ts';
import type { ListOptions, ResourceType } from './cluster.ts';
import { textOf } from './fields.ts';
import type { KubeObject } from './object.ts';
import { apiVersionOf, collectionPath, kindName } from './paths.ts';
import type { Transport } from './transport.ts';

const PAGE = 500;
/** How often a list may grow too old while it is read, page by page; then it is asked for in one piece. */
const MOST_STARTS = 3;

/** A list as the server gave it. */
export interface Listed {
  items: KubeObject[];
  /** Where a watch goes on from. */
  resourceVersion: string;
}

/** Reads all objects of a type, page by page; from the start again when the pages that are left have become too old. */
export async function listAll(
  cluster: string,
  transport: Transport,
  type: ResourceType,
  options: ListOptions,
): Promise<Listed> {
  for (let starts = 1; ; starts += 1) {
    const limit = starts < MOST_STARTS ? String(PAGE) : undefined;
    try {
      return await readPages(cluster, transport, type, options, limit);
    } catch (error) {
      if (errorCode(error) !== 'kube_expired' || limit === undefined) throw error;
    }
  }
}

async function readPages(
  cluster: string,
  transport: Transport,
  type: ResourceType,
  { namespace = '', labelSelector, signal, impersonate }: ListOptions,
  limit: string | undefined,
): Promise<Listed> {
  const items: KubeObject[] = [];
  for (let token = ''; ;) {
    const page = await transport.send(
      {
        method: 'GET',
        path: collectionPath(type, namespace),
        query: {
          ...(limit === undefined ? {} : { limit }),
          ...(labelSelector === undefined ? {} : { labelSelector }),
          ...(token === '' ? {} : { continue: token }),
        },
        ...(signal === undefined ? {} : { signal }),
        ...(impersonate === undefined ? {} : { impersonate }),
      },
      namespace === '' ? kindName(type) : `${kindName(type)} in ${namespace}`,
    );
    const { metadata, objects } = readList(cluster, type, page);
    items.push(...objects);
    token = textOf(metadata, 'continue');
    if (token === '') return { items, resourceVersion: textOf(metadata, 'resourceVersion') };
  }
}

function readList(
  cluster: string,
  type: ResourceType,
  page: JsonValue,
): { metadata: JsonObject; objects: KubeObject[] } {
  const list = isJsonObject(page) ? page : {};
  const { metadata, items } = list;
  if (!isJsonObject(metadata) || !(Array.isArray(items) || items === null))
    throw new PlumblineError(
      'kube_answer',
      `Cluster ${cluster}: what came for ${kindName(type)} is no list. Is there a proxy before the API server?`,
    );
  return { metadata, objects: (items ?? []).filter(isJsonObject).map((item) => completed(type, item)) };
}

/** In lists of built-in kinds the objects don't say what they are. */
function completed(type: ResourceType, item: JsonObject): KubeObject {
  const { apiVersion = apiVersionOf(type), kind = type.kind, ...rest } = item;
  return { apiVersion, kind, ...rest } as KubeObject;
}
