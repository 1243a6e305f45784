import { isJsonObject, type JsonObject, type JsonValue } from '../../../domain/json.ts';
import type { KubeObject, ObjectMeta } from '../../../kube/object.ts';

/** Where `kubectl apply` (client-side) keeps the whole object that it applied last. */
export const LAST_APPLIED_ANNOTATION = 'kubectl.kubernetes.io/last-applied-configuration';

/** Annotations that are about an object and no part of what it is: kubectl's copy, and what the Deployment controller counts. */
const BOOKKEEPING: ReadonlySet<string> = new Set([
  LAST_APPLIED_ANNOTATION,
  'deployment.kubernetes.io/revision',
]);

/** Metadata that the API server writes, and nobody else. */
const SERVER_METADATA: ReadonlySet<string> = new Set([
  'managedFields',
  'resourceVersion',
  'generation',
  'uid',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'selfLink',
]);

/**
 * What is compared of an object: without status, the server's metadata, kubectl's copy of the last applied object and a Deployment's count of revisions;
 * `stringData` of a Secret as `data`. Members vanish, list items don't, so that pointers stay those of the object given. The
 * object itself is left alone.
 */
export function normalise(object: KubeObject): KubeObject {
  const { status: _, ...rest } = object;
  const metadata = normaliseMetadata(object.metadata);
  return isSecret(object) ? foldStringData({ ...rest, metadata }) : { ...rest, metadata };
}

/** Whether a value is a Secret of the core group. */
export function isSecret(value: JsonValue): boolean {
  return isJsonObject(value) && value['kind'] === 'Secret' && value['apiVersion'] === 'v1';
}

function normaliseMetadata(metadata: ObjectMeta): ObjectMeta {
  const kept = without(metadata, (name) => SERVER_METADATA.has(name));
  const annotations = kept['annotations'];
  if (isJsonObject(annotations) && Object.keys(annotations).some((name) => BOOKKEEPING.has(name)))
    kept['annotations'] = without(annotations, (name) => BOOKKEEPING.has(name));
  return kept as ObjectMeta;
}

function without(object: JsonObject, dropped: (name: string) => boolean): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !dropped(name)));
}

/**
 * As the API server does on every write: `stringData` wins over `data`, and is never kept. An apply sends it like this, too:
 * otherwise the server notes `stringData` alone as ours, and keys that Git drops stay.
 */
export function foldStringData(secret: KubeObject): KubeObject {
  const { stringData, ...rest } = secret;
  if (!isJsonObject(stringData)) return rest;
  const data = isJsonObject(rest['data']) ? rest['data'] : {};
  const encoded = Object.entries(stringData).map(([name, text]): [string, JsonValue] => [
    name,
    typeof text === 'string' ? Buffer.from(text).toString('base64') : text,
  ]);
  return { ...rest, data: Object.fromEntries([...Object.entries(data), ...encoded]) };
}
