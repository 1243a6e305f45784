import type { JsonValue } from '../domain/json.ts';
import type { ApplyOptions, DeleteOptions, KubeRequest, ResourceType, WriteOptions } from './cluster.ts';
import { objectId, type KubeObject, type ObjectId } from './object.ts';
import { collectionPath, objectPath } from './paths.ts';

const PATCH_TYPES = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
} as const;

type Query = Record<string, string>;

/** The request of a server-side apply. JSON is YAML. */
export function applyRequest(type: ResourceType, object: KubeObject, options: ApplyOptions): KubeRequest {
  return {
    method: 'PATCH',
    path: objectPath(type, objectId(object)),
    query: { ...written(options), force: String(options.force) },
    body: object,
    contentType: 'application/apply-patch+yaml',
    ...context(options),
  };
}

/** The request that makes an object. */
export function createRequest(type: ResourceType, object: KubeObject, options: WriteOptions): KubeRequest {
  return {
    method: 'POST',
    path: collectionPath(type, objectId(object).namespace),
    query: written(options),
    body: object,
    ...context(options),
  };
}

/** The request that puts an object in place of the one of its name. */
export function replaceRequest(type: ResourceType, object: KubeObject, options: WriteOptions): KubeRequest {
  return {
    method: 'PUT',
    path: objectPath(type, objectId(object)),
    query: written(options),
    body: object,
    ...context(options),
  };
}

/** The request of a patch. */
export function patchRequest(
  type: ResourceType,
  id: Pick<ObjectId, 'namespace' | 'name'>,
  patch: { type: keyof typeof PATCH_TYPES; body: JsonValue },
  options: WriteOptions,
): KubeRequest {
  return {
    method: 'PATCH',
    path: objectPath(type, id),
    query: written(options),
    body: patch.body,
    contentType: PATCH_TYPES[patch.type],
    ...context(options),
  };
}

/** The request that deletes an object, if it is still the one that is meant. */
export function deleteRequest(
  type: ResourceType,
  id: Pick<ObjectId, 'namespace' | 'name'>,
  options: DeleteOptions,
): KubeRequest {
  const { uid, resourceVersion, propagation, dryRun } = options;
  const preconditions = {
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
  };
  return {
    method: 'DELETE',
    path: objectPath(type, id),
    // With a body, the server does not look at the query.
    body: {
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      propagationPolicy: propagation,
      ...(dryRun === true ? { dryRun: ['All'] } : {}),
      ...(Object.keys(preconditions).length === 0 ? {} : { preconditions }),
    },
    ...context(options),
  };
}

/** Fields that the kind doesn't have are refused and not dropped: a typing error must not be agreed with. */
function written({ fieldManager, dryRun }: WriteOptions): Query {
  return { fieldManager, fieldValidation: 'Strict', ...(dryRun === true ? { dryRun: 'All' } : {}) };
}

function context({ signal, impersonate }: Pick<KubeRequest, 'signal' | 'impersonate'>) {
  return {
    ...(signal === undefined ? {} : { signal }),
    ...(impersonate === undefined ? {} : { impersonate }),
  };
}
