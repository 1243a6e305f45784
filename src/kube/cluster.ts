import type { JsonValue } from '../domain/json.ts';
import type { KubeObject, ObjectId } from './object.ts';

/** How a cluster is reached. Secrets stay in the kubeconfig or in what it names. */
export interface ClusterSettings {
  /** As the config calls it. */
  name: string;
  /** Absolute path; null: what KUBECONFIG or the home folder says, or the pod's own account with `inCluster`. */
  kubeconfig: string | null;
  /** null: the kubeconfig's current one. */
  context: string | null;
  inCluster: boolean;
  /** Of one request, in ms. */
  timeoutMs: number;
  /** Requests on their way at once. */
  maxInFlight: number;
}

/** In whose name requests are made. */
export interface Impersonation {
  user: string;
  groups: readonly string[];
}

export interface RequestOptions {
  signal?: AbortSignal;
  impersonate?: Impersonation;
}

/** One request to the API server. */
export interface KubeRequest extends RequestOptions {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With its leading slash, segments already encoded. */
  path: string;
  query?: Readonly<Record<string, string>>;
  body?: JsonValue;
  /** `application/json` unless given; patches name theirs. */
  contentType?: string;
  accept?: string;
}

/** A kind as the API server serves it. */
export interface ResourceType {
  group: string;
  version: string;
  kind: string;
  /** As in paths: `deployments`. */
  plural: string;
  namespaced: boolean;
  verbs: readonly string[];
}

/** What was asked for in a write. */
export interface WriteOptions extends RequestOptions {
  /** The server answers what would be, and changes nothing. */
  dryRun?: boolean;
  fieldManager: string;
}

export interface ApplyOptions extends WriteOptions {
  /** Takes over fields of other managers; without it they are a conflict. */
  force: boolean;
}

export interface ListOptions extends RequestOptions {
  /** Empty or left out: all of them. */
  namespace?: string;
  labelSelector?: string;
}

export interface DeleteOptions extends RequestOptions {
  dryRun?: boolean;
  propagation: 'Foreground' | 'Background' | 'Orphan';
  /** Refused with `kube_conflict` when the object is no longer this one, or of this version. */
  uid?: string;
  resourceVersion?: string;
}

/** What a watch tells. `synced`: all that there was has been told; again after each time that the watch had to start anew. */
export type WatchEvent = { type: 'added' | 'modified' | 'deleted'; object: KubeObject } | { type: 'synced' };

export interface WatchOptions {
  /** Ends the watch. */
  signal: AbortSignal;
  /** Empty or left out: all of them. */
  namespaces?: readonly string[];
  labelSelector?: string;
  impersonate?: Impersonation;
  /** The server was heard of: something has changed, or nothing has for a minute. */
  onAlive?: () => void;
  /** Gets one event after the other. What it throws ends the watch. */
  onEvent: (event: WatchEvent) => void | Promise<void>;
}

/**
 * A cluster: objects in raw JSON over kept connections. Safe for many callers at once.
 * All methods throw PlumblineError with the codes of `errors.ts` in this folder.
 */
export interface Cluster {
  readonly name: string;
  /** The UID of the namespace `kube-system`: the same as long as it is the same cluster. */
  uid(options?: RequestOptions): Promise<string>;
  /** e.g. `v1.36.3`. */
  version(options?: RequestOptions): Promise<string>;
  request(request: KubeRequest): Promise<JsonValue>;
  /**
   * The type of a kind; the server's preferred version unless one is named. Discovery is kept, and read again when a kind is
   * not known. @throws PlumblineError `kube_unknown_kind`
   */
  resource(
    kind: { group: string; kind: string; version?: string },
    options?: RequestOptions,
  ): Promise<ResourceType>;
  /** All types that objects of people's own have (no subresources), each in its preferred version. */
  resources(options?: RequestOptions): Promise<ResourceType[]>;
  /** undefined when there is none. */
  get(
    type: ResourceType,
    id: Pick<ObjectId, 'namespace' | 'name'>,
    options?: RequestOptions,
  ): Promise<KubeObject | undefined>;
  /** All objects of a type, page by page. */
  list(type: ResourceType, options?: ListOptions): Promise<KubeObject[]>;
  /**
   * Tells of all objects of a type, and then of each change, until the signal ends it. Lost connections, servers that start
   * again and versions that are too old are gone on from; an object that was deleted meanwhile is told of with its identity
   * alone. Several changes of one object may be told as one.
   * @throws PlumblineError for what does not pass by itself: `kube_forbidden`, `kube_unauthorized`, `kube_unknown_kind`
   */
  watch(type: ResourceType, options: WatchOptions): Promise<void>;
  /** Server-side apply. */
  apply(type: ResourceType, object: KubeObject, options: ApplyOptions): Promise<KubeObject>;
  create(type: ResourceType, object: KubeObject, options: WriteOptions): Promise<KubeObject>;
  /** Refused with `kube_conflict` when the object's `resourceVersion` is no longer the one given in it. */
  replace(type: ResourceType, object: KubeObject, options: WriteOptions): Promise<KubeObject>;
  patch(
    type: ResourceType,
    id: Pick<ObjectId, 'namespace' | 'name'>,
    patch: { type: 'json' | 'merge' | 'strategic'; body: JsonValue },
    options: WriteOptions,
  ): Promise<KubeObject>;
  /**
   * The last lines of a container's log, as it is now, in 256 KiB at most.
   * @throws PlumblineError also where no node runs the pod, in the server's words
   */
  podLog(
    pod: Pick<ObjectId, 'namespace' | 'name'>,
    options: RequestOptions & { container: string; lines: number },
  ): Promise<string>;
  /** Gone already is fine. */
  remove(type: ResourceType, id: Pick<ObjectId, 'namespace' | 'name'>, options: DeleteOptions): Promise<void>;
  close(): Promise<void>;
}
