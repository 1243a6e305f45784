import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { writeFileAtomic } from '../util/atomic-write.ts';
import { PlumblineError } from '../util/errors.ts';
import { withFileLock } from '../util/file-lock.ts';
import { freePort } from '../util/free-port.ts';
import type { Logger } from '../util/log.ts';
import { identifyProcess, type ProcessIdentity, processState } from './process-identity.ts';
import { endServer, type ServerArguments, spawnServer, waitUntilReady } from './temporal-process.ts';

const WATCH_MS = 2_000;
/** A server that a killed process left behind either answers soon or is ended. */
const ADOPT_MS = 10_000;
const START_TRIES = 3;
const LOOPBACK = '127.0.0.1';

export interface EmbeddedTemporalOptions {
  /** The `temporal` program. */
  binary: string;
  /** Absolute. */
  dataDir: string;
  log: Logger;
  /** What the server gets of this process's environment. */
  env: Readonly<Record<string, string>>;
  /** IPv4 address under which the server is published; the loopback interface unless given. The Web UI is always there. */
  ip?: string;
  /** Free ones unless given. */
  port?: number;
  uiPort?: number;
  namespace?: string;
  /** Settings of the server by key, values in JSON. */
  dynamicConfig?: Readonly<Record<string, string>>;
}

export interface EmbeddedTemporal {
  address: string;
  uiUrl: string;
  /** Ends the server, unless another process owns it. Safe to call again. */
  stop(): Promise<void>;
}

/** What `temporal.json` says, for workers of the same data folder and for the next start. */
interface Published {
  address: string;
  uiUrl: string;
  server: ProcessIdentity;
  /** The Plumbline process that ends the server. */
  owner: ProcessIdentity;
}

/**
 * Starts Temporal's dev server on a database under `dataDir`, or takes over the one that a killed process left: the
 * database is never opened by two. A server of a living process is used, and not stopped. One that dies is started
 * again on the same ports, and workers reconnect by themselves.
 * @throws PlumblineError `temporal_start_failed`
 */
export async function startEmbeddedTemporal(options: EmbeddedTemporalOptions): Promise<EmbeddedTemporal> {
  await mkdir(join(options.dataDir, 'temporal'), { recursive: true, mode: 0o700 });
  const lock = join(options.dataDir, 'temporal', 'start.lock');
  return await withFileLock(lock, async () => {
    const left = await readPublished(options.dataDir);
    if (left && (await processState(left.server)) === 'running') {
      if ((await processState(left.owner)) === 'running' && left.owner.pid !== process.pid)
        return borrowed(left);
      if (fits(left, options) && (await isReady(left, options))) return await own(options, left.server, left);
      await endServer(left.server);
    }
    return await own(options, ...(await startSomewhere(options)));
  });
}

/** A port can be taken between its choice and its use: where they are ours to choose, others are tried. */
async function startSomewhere(
  options: EmbeddedTemporalOptions,
  tries = START_TRIES,
): Promise<[ProcessIdentity, Addresses]> {
  const addresses = await choosePorts(options);
  try {
    return [await start(options, addresses), addresses];
  } catch (error) {
    const fixed = options.port !== undefined && options.uiPort !== undefined;
    if (fixed || tries <= 1 || !(error instanceof PlumblineError)) throw error;
    options.log.warn({ err: error, ...addresses }, 'The embedded Temporal server is tried on other ports');
    return await startSomewhere(options, tries - 1);
  }
}

/** The address that the embedded server of a data folder is published under; undefined when none runs. */
export async function readEmbeddedAddress(dataDir: string): Promise<string | undefined> {
  const published = await readPublished(dataDir);
  if (!published) return undefined;
  // A server in another container can't be looked at; its address is as good as it gets.
  return (await processState(published.server)) === 'gone' ? undefined : published.address;
}

async function readPublished(dataDir: string): Promise<Published | undefined> {
  try {
    return JSON.parse(await readFile(publishedPath(dataDir), 'utf8')) as Published;
  } catch {
    return undefined;
  }
}

function publishedPath(dataDir: string): string {
  return join(dataDir, 'temporal.json');
}

function borrowed({ address, uiUrl }: Published): EmbeddedTemporal {
  return { address, uiUrl, stop: async () => undefined };
}

function fits({ address, uiUrl }: Published, { ip, port, uiPort }: EmbeddedTemporalOptions): boolean {
  const ipFits = address.startsWith(`${ip ?? LOOPBACK}:`);
  const portFits = port === undefined || address.endsWith(`:${port}`);
  return ipFits && portFits && (uiPort === undefined || uiUrl.endsWith(`:${uiPort}`));
}

async function isReady({ server, address }: Published, options: EmbeddedTemporalOptions): Promise<boolean> {
  const namespace = options.namespace ?? 'default';
  return await waitUntilReady(server, { address, namespace, timeoutMs: ADOPT_MS }).then(
    () => true,
    () => false,
  );
}

interface Addresses {
  address: string;
  uiUrl: string;
}

/**
 * Where the server listens so that it is reached at an address: the services of the dev server look for each other on the
 * loopback interface, so that it needs that one, too.
 */
export function listenIp(ip: string): string {
  return ip === LOOPBACK ? LOOPBACK : '0.0.0.0';
}

async function choosePorts(options: EmbeddedTemporalOptions): Promise<Addresses> {
  const ip = options.ip ?? LOOPBACK;
  const port = options.port ?? (await freePort(listenIp(ip)));
  const uiPort = options.uiPort ?? (await freePort());
  return { address: `${ip}:${port}`, uiUrl: `http://${LOOPBACK}:${uiPort}` };
}

async function start(
  options: EmbeddedTemporalOptions,
  { address, uiUrl }: Addresses,
): Promise<ProcessIdentity> {
  const folder = join(options.dataDir, 'temporal');
  const { hostname: ip, port } = new URL(`http://${address}`);
  const ui = new URL(uiUrl);
  const namespace = options.namespace ?? 'default';
  const args: ServerArguments = {
    ip: listenIp(ip),
    port: Number(port),
    uiIp: ui.hostname,
    uiPort: Number(ui.port),
    databasePath: join(folder, 'temporal.db'),
    namespace,
    dynamicConfig: { 'matching.useNewMatcher': 'true', ...options.dynamicConfig },
  };
  const logPath = join(folder, 'temporal.log');
  const server = await spawnServer(options.binary, args, { cwd: folder, env: options.env, logPath });
  try {
    await waitUntilReady(server, { address, namespace });
  } catch (error) {
    await endServer(server);
    throw error;
  }
  return server;
}

/** Publishes the server, starts it again when it dies, and ends it on `stop`. */
async function own(
  options: EmbeddedTemporalOptions,
  first: ProcessIdentity,
  { address, uiUrl }: Addresses,
): Promise<EmbeddedTemporal> {
  const { dataDir, log } = options;
  const owner = await identifyProcess(process.pid);
  if (!owner) throw new Error('This process can not be identified.');
  const publish = (server: ProcessIdentity) =>
    writeFileAtomic(
      publishedPath(dataDir),
      JSON.stringify({ address, uiUrl, server, owner } satisfies Published),
    );
  let server = first;
  await publish(server);
  const stopping = new AbortController();
  const watch = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await delay(WATCH_MS, undefined, { signal: stopping.signal, ref: false }).catch(() => undefined);
      if (stopping.signal.aborted || (await processState(server)) === 'running') continue;
      log.error({ address }, 'The embedded Temporal server died; it is started again');
      try {
        server = await start(options, { address, uiUrl });
        await publish(server);
      } catch (error) {
        log.error({ err: error, address }, 'The embedded Temporal server did not start again');
      }
    }
  };
  const watching = watch();
  return {
    address,
    uiUrl,
    stop: async () => {
      stopping.abort();
      await watching;
      await endServer(server);
      await rm(publishedPath(dataDir), { force: true });
    },
  };
}
