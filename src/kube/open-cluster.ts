import { isJsonObject, type JsonValue } from '../domain/json.ts';
import { errorCode, PlumblineError } from '../util/errors.ts';
import type { Cluster, ClusterSettings, KubeRequest, RequestOptions, ResourceType } from './cluster.ts';
import { createCredentials } from './credentials.ts';
import { createDiscovery } from './discovery.ts';
import { objectOf, textOf } from './fields.ts';
import { objectAddress, objectId, type KubeObject, type ObjectId } from './object.ts';
import { listAll } from './pages.ts';
import { kindName, objectPath } from './paths.ts';
import { readPodLog } from './pod-log.ts';
import { createTransport, type Transport } from './transport.ts';
import { watchObjects } from './watch.ts';
import { applyRequest, createRequest, deleteRequest, patchRequest, replaceRequest } from './writes.ts';

/** What a cluster is opened with besides its settings. */
export interface OpenOptions {
  /** The environment of kubeconfigs (KUBECONFIG, HOME) and of their plugins: `toolEnv` of util/exec-env.ts. */
  env: Readonly<Record<string, string>>;
  log?: { debug(fields: Record<string, unknown>, message: string): void };
  /** Where a pod's account is; Kubernetes' own place unless given. */
  serviceAccountDir?: string;
}

/**
 * Opens a cluster. Nothing is sent before the first question, but the kubeconfig must be there and name the context.
 * @throws PlumblineError `kube_config`; `kube_unauthorized` when there are no credentials to be had
 */
export async function openCluster(settings: ClusterSettings, options: OpenOptions): Promise<Cluster> {
  const credentials = createCredentials(settings, options);
  await credentials.get();
  const transport = createTransport(settings, credentials);
  const discovery = createDiscovery(settings.name, transport);
  const parts: Parts = { name: settings.name, transport, forget: () => discovery.forget() };
  return {
    name: settings.name,
    uid: async (request) => await uidOf(transport, request),
    version: async (request) => await versionOf(settings.name, transport, request),
    request: async (request) => await transport.send(request),
    resource: async (kind, request) => await discovery.resource(kind, request),
    resources: async (request) => await discovery.resources(request),
    ...readsOf(parts, options.log),
    podLog: async (pod, request) => await readPodLog(transport, pod, request),
    ...writesOf(parts),
    close: async () => await transport.close(),
  };
}

interface Parts {
  name: string;
  transport: Transport;
  /** Called when a kind turns out not to be served any more. */
  forget: () => void;
}

function readsOf(parts: Parts, log: OpenOptions['log']): Pick<Cluster, 'get' | 'list' | 'watch'> {
  return {
    get: async (type, id, options = {}) => {
      try {
        return await exchange(parts, type, id, { method: 'GET', path: objectPath(type, id), ...options });
      } catch (error) {
        if (errorCode(error) === 'kube_not_found') return undefined;
        throw error;
      }
    },
    list: async (type, options = {}) =>
      await served(
        parts,
        type,
        async () => (await listAll(parts.name, parts.transport, type, options)).items,
      ),
    watch: async (type, options) =>
      await served(
        parts,
        type,
        async () => await watchObjects(parts.name, parts.transport, type, options, log),
      ),
  };
}

function writesOf(parts: Parts): Pick<Cluster, 'apply' | 'create' | 'replace' | 'patch' | 'remove'> {
  return {
    apply: async (type, object, options) =>
      await exchange(parts, type, objectId(object), applyRequest(type, object, options)),
    create: async (type, object, options) =>
      await exchange(parts, type, objectId(object), createRequest(type, object, options)),
    replace: async (type, object, options) =>
      await exchange(parts, type, objectId(object), replaceRequest(type, object, options)),
    patch: async (type, id, patch, options) =>
      await exchange(parts, type, id, patchRequest(type, id, patch, options)),
    remove: async (type, id, options) => {
      try {
        const what = objectAddress({ ...type, ...id });
        await served(
          parts,
          type,
          async () => await parts.transport.send(deleteRequest(type, id, options), what),
        );
      } catch (error) {
        if (errorCode(error) !== 'kube_not_found') throw error;
      }
    },
  };
}

/** Sends a request whose answer is the object. */
async function exchange(
  parts: Parts,
  type: ResourceType,
  id: Pick<ObjectId, 'namespace' | 'name'>,
  request: KubeRequest,
): Promise<KubeObject> {
  const what = objectAddress({ group: type.group, kind: type.kind, namespace: id.namespace, name: id.name });
  const answer = await served(parts, type, async () => await parts.transport.send(request, what));
  if (isKubeObject(answer)) return answer;
  throw new PlumblineError(
    'kube_answer',
    `Cluster ${parts.name}, ${request.method} ${what}: what came is no object. Is there a proxy before the API server?`,
    { details: { cluster: parts.name } },
  );
}

/** A 404 that is not about an object means that its kind is gone, which is something else than an object that isn't there. */
async function served<T>(parts: Parts, type: ResourceType, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof PlumblineError) || error.code !== 'kube_not_found') throw error;
    if (error.details['about'] !== '') throw error;
    parts.forget();
    throw new PlumblineError(
      'kube_unknown_kind',
      `Cluster ${parts.name} no longer serves ${kindName(type)} (${type.version}). Was its CustomResourceDefinition removed?`,
      { cause: error, details: { cluster: parts.name, group: type.group, kind: type.kind } },
    );
  }
}

function isKubeObject(value: JsonValue): value is KubeObject {
  return (
    isJsonObject(value) &&
    typeof value['apiVersion'] === 'string' &&
    typeof value['kind'] === 'string' &&
    isJsonObject(value['metadata'])
  );
}

async function uidOf(transport: Transport, options: RequestOptions = {}): Promise<string> {
  const path = '/api/v1/namespaces/kube-system';
  const namespace = await transport.send({ method: 'GET', path, ...options }, 'Namespace/kube-system');
  return textOf(objectOf(isJsonObject(namespace) ? namespace : {}, 'metadata'), 'uid');
}

async function versionOf(
  cluster: string,
  transport: Transport,
  options: RequestOptions = {},
): Promise<string> {
  const answer = await transport.send({ method: 'GET', path: '/version', ...options });
  const version = isJsonObject(answer) ? answer['gitVersion'] : undefined;
  if (typeof version === 'string') return version;
  throw new PlumblineError('kube_answer', `Cluster ${cluster} does not tell its version.`);
}
