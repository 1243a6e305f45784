import { Pool, ProxyAgent, type Dispatcher } from 'undici';
import type { Access } from './credentials.ts';

/** Longer than an API server keeps a quiet connection would cost a request that finds it closed; its default is 90 s. */
const KEPT_MS = 60_000;
const CONNECT_MS = 10_000;

/** A request as it goes over the wire. */
export interface WireRequest {
  method: Dispatcher.HttpMethod;
  /** With its query. */
  path: string;
  headers: Record<string, string | string[]>;
  body: string | null;
}

/** The kept connections to one API server. */
export interface Connections {
  /** Sends over a connection of this access; times out by the signal alone. */
  request(access: Access, request: WireRequest, signal: AbortSignal): Promise<Dispatcher.ResponseData>;
  isClosed(): boolean;
  /** Ends all connections, and what is under way on them. */
  close(): Promise<void>;
}

/**
 * Keeps connections as long as they are made with the same certificates. When those rotate, new requests go over new
 * connections, and the old ones end with the last request on them.
 * @param most how many there are at once; null for as many as it takes
 */
export function createConnections(most: number | null): Connections {
  let current: { access: Access; dispatcher: Dispatcher } | undefined;
  const all = new Set<Dispatcher>();
  let closed = false;

  const retire = (dispatcher: Dispatcher): void => {
    const gone = () => void all.delete(dispatcher);
    dispatcher.close().then(gone, gone);
  };
  const dispatcherOf = (access: Access): Dispatcher => {
    if (current?.access.connection === access.connection) return current.dispatcher;
    if (current !== undefined) retire(current.dispatcher);
    const dispatcher = connect(access, most);
    all.add(dispatcher);
    current = { access, dispatcher };
    return dispatcher;
  };
  return {
    request: async (access, { method, path, headers, body }, signal) => {
      const { origin, pathname } = new URL(access.server);
      return await dispatcherOf(access).request({
        origin,
        method,
        path: `${pathname.replace(/\/+$/, '')}${path}`,
        headers: { ...identityOf(access, headers), ...headers },
        body,
        signal,
        headersTimeout: 0,
        bodyTimeout: 0,
      });
    },
    isClosed: () => closed,
    close: async () => {
      closed = true;
      await Promise.all([...all].map(async (dispatcher) => await dispatcher.destroy()));
      all.clear();
    },
  };
}

/** Who impersonates somebody else does so in place of what the kubeconfig says, groups included. */
function identityOf({ headers }: Access, own: WireRequest['headers']): Access['headers'] {
  if (own['impersonate-user'] === undefined) return headers;
  const { 'impersonate-user': _user, 'impersonate-group': _groups, ...rest } = headers;
  return rest;
}

function connect({ server, tls, proxyUrl }: Access, connections: number | null): Dispatcher {
  // HTTP/2 joins the lines of a header to one, and one stuck connection would be everybody's.
  const options = {
    connections,
    // HTTP/2 joins the lines of a header to one, and one stuck connection would be everybody's.
    allowH2: false,
    keepAliveTimeout: KEPT_MS,
    keepAliveMaxTimeout: KEPT_MS,
    pipelining: 1,
  };
  if (proxyUrl !== null) return new ProxyAgent({ uri: proxyUrl, requestTls: tls, ...options });
  return new Pool(new URL(server).origin, {
    ...options,
    connect: { ...tls, timeout: CONNECT_MS, keepAlive: true },
  });
}
