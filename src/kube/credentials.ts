import { readFile } from 'node:fs/promises';
import type { RequestOptions as TlsRequest } from 'node:https';
import type { ConnectionOptions } from 'node:tls';
import { PlumblineError } from '../util/errors.ts';
import { createSingleFlight } from '../util/single-flight.ts';
import type { ClusterSettings } from './cluster.ts';
import { createExecCredentials, type ExecCredentials } from './exec-credentials.ts';
import { kubeconfigStamp, loadKubeconfig, type Kubeconfig } from './kubeconfig.ts';
import { proxyOf } from './proxy.ts';

/** How long credentials are used before they are asked for again; what is asked keeps what is still good. */
const FRESH_MS = 1000;

/** What a request needs to reach the API server and to be let in. Holds secrets. */
export interface Access {
  /** `https://…`, with a path where the API server stands behind one. */
  server: string;
  proxyUrl: string | null;
  tls: ConnectionOptions;
  headers: Readonly<Record<string, string | string[]>>;
  /** The same as long as connections can be kept: another one for other certificates. */
  connection: string;
}

/** The credentials of one cluster, as they are now. */
export interface Credentials {
  /** @throws PlumblineError `kube_config` (kubeconfig), `kube_unauthorized` (no credentials to be had) */
  get(signal?: AbortSignal): Promise<Access>;
  /** New ones for those that the API server did not accept; the same object when there are no others. */
  renew(refused: Access, signal?: AbortSignal): Promise<Access>;
}

interface Loaded {
  kubeconfig: Kubeconfig;
  /** What the files were like when they were read. */
  stamp: string;
  exec: ExecCredentials | null;
}

interface Kept {
  access: Access;
  at: number;
}

/**
 * The credentials that a kubeconfig leads to. They are looked at again every second: a kubeconfig that was rewritten, a token
 * file or certificate that was exchanged and an exec plugin's credentials that ran out are noticed by that, and all of them
 * when the API server refuses what was given.
 */
export function createCredentials(
  settings: ClusterSettings,
  options: { env: Readonly<Record<string, string>>; serviceAccountDir?: string },
): Credentials {
  const flights = createSingleFlight<Access>();
  let loaded: Loaded | undefined;
  let kept: Kept | undefined;

  const load = async (anew: boolean): Promise<Loaded> => {
    const stamp = await kubeconfigStamp(settings, options);
    if (!anew && loaded?.stamp === stamp) return loaded;
    const kubeconfig = await loadKubeconfig(settings, options);
    const exec = createExecCredentials(settings.name, kubeconfig, options.env);
    loaded = { kubeconfig, stamp, exec };
    return loaded;
  };
  const look = async (anew: boolean, signal: AbortSignal): Promise<Access> => {
    const access = await accessOf(settings.name, await load(anew), options.env, signal);
    const same = kept !== undefined && isSame(kept.access, access) ? kept.access : access;
    kept = { access: same, at: performance.now() };
    return same;
  };
  return {
    get: async (signal) => {
      if (kept !== undefined && performance.now() - kept.at < FRESH_MS) return kept.access;
      return await flights.run('get', async (flight) => await look(false, flight), optional(signal));
    },
    renew: async (refused, signal) => {
      // Somebody else's request may have led to new ones meanwhile.
      if (kept !== undefined && kept.access !== refused) return kept.access;
      return await flights.run('renew', async (flight) => await look(true, flight), optional(signal));
    },
  };
}

async function accessOf(
  cluster: string,
  loaded: Loaded,
  env: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Access> {
  const { config, cluster: target, tokenFile, asGroups } = loaded.kubeconfig;
  const given: TlsRequest = {};
  try {
    await config.applyToHTTPSOptions(given);
  } catch (error) {
    throw noCredentials(cluster, error);
  }
  const named = new Headers(given.headers as Record<string, string>);
  let authorization = named.get('authorization');
  const tls = pickTls(given);
  if (typeof given.auth === 'string') authorization = `Basic ${Buffer.from(given.auth).toString('base64')}`;
  if (tokenFile !== null) authorization = `Bearer ${await readToken(cluster, tokenFile)}`;
  if (loaded.exec !== null) {
    const { token, cert, key } = await loaded.exec.get(signal);
    if (token !== null) authorization = `Bearer ${token}`;
    if (cert !== null && key !== null) Object.assign(tls, { cert, key });
  }
  const as = named.get('impersonate-user');
  const { server } = target;
  const proxyUrl = target.proxyUrl ?? proxyOf(server, env);
  return {
    server,
    proxyUrl,
    tls,
    headers: {
      ...(authorization === null ? {} : { authorization }),
      ...(as === null ? {} : { 'impersonate-user': as }),
      ...(asGroups.length === 0 ? {} : { 'impersonate-group': asGroups }),
    },
    connection: [server, proxyUrl, ...Object.values(tls).map(String)].join('\0'),
  };
}

function pickTls({
  ca,
  cert,
  key,
  passphrase,
  pfx,
  servername,
  rejectUnauthorized,
}: TlsRequest): ConnectionOptions {
  const all = { ca, cert, key, passphrase, pfx, servername, rejectUnauthorized };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

function isSame(a: Access, b: Access): boolean {
  return a.connection === b.connection && JSON.stringify(a.headers) === JSON.stringify(b.headers);
}

async function readToken(cluster: string, path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (cause) {
    throw new PlumblineError(
      'kube_unauthorized',
      `Cluster ${cluster}: its token can't be read from ${path}. Correct the kubeconfig, or make the file readable.`,
      { cause },
    );
  }
}

function noCredentials(cluster: string, cause: unknown): PlumblineError {
  return new PlumblineError(
    'kube_unauthorized',
    `Cluster ${cluster}: the credentials that its kubeconfig names can't be had. Look at its user's entry.`,
    { cause },
  );
}

function optional(signal: AbortSignal | undefined): { signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}
