import { setTimeout as delay } from 'node:timers/promises';
import { PlumblineError } from '../../util/errors.ts';
import { connectTemporal, type TemporalConnection } from '../../workers/connect.ts';
import { listenIp, readEmbeddedAddress, startEmbeddedTemporal } from '../../workers/embedded-temporal.ts';
import { processToolchain, type Boot } from './boot.ts';
import { embeddedIp } from './embedded-ip.ts';
import { rememberedPorts, rememberPorts } from './embedded-ports.ts';

const POLL_MS = 500;
/** `serve` may still be starting, or building its Temporal server. */
const PATIENCE_MS = 10 * 60_000;
const CONNECT_PATIENCE_MS = 60_000;

/** Temporal as this process uses it. */
export interface TemporalSide {
  connection: TemporalConnection;
  /** Where the embedded server's Web UI is; null for a server of somebody else. */
  uiUrl: string | null;
}

type Plugins = NonNullable<Parameters<typeof connectTemporal>[1]>['plugins'];

/**
 * Connects to `temporal.address`; without one, `up` and `serve` start the embedded server, and a `worker` of the same
 * data folder waits for it and uses it.
 */
export async function startTemporalSide(
  boot: Boot,
  options: { plugins?: Plugins; stopping: AbortSignal },
): Promise<TemporalSide> {
  const { temporal } = boot.settings;
  if (temporal.address !== null)
    return { connection: await connect(boot, temporal.address, options), uiUrl: null };
  if (boot.role === 'worker') {
    const address = await embeddedAddress(boot, options.stopping);
    return { connection: await connect(boot, address, options), uiUrl: null };
  }
  const { path } = await processToolchain(boot).resolve('temporal', undefined, {
    signal: options.stopping,
    onProgress: (message) => boot.log.info({ progress: message }, 'Looking for the Temporal server'),
  });
  const { dataDir } = boot.settings;
  const ip = await embeddedIp(boot.role === 'serve' ? boot.settings.embeddedTemporalIp : null);
  const embedded = await startEmbeddedTemporal({
    binary: path,
    dataDir,
    namespace: temporal.namespace,
    log: boot.log,
    env: boot.baseEnv,
    ip,
    ...(await rememberedPorts(dataDir, listenIp(ip))),
  });
  boot.cleanup.add('embedded Temporal server', () => embedded.stop());
  await rememberPorts(dataDir, embedded);
  return { connection: await connect(boot, embedded.address, options), uiUrl: embedded.uiUrl };
}

/** A server that was started beside us (by compose, say) may need a moment. */
async function connect(
  boot: Boot,
  address: string,
  { plugins, stopping }: { plugins?: Plugins; stopping: AbortSignal },
): Promise<TemporalConnection> {
  const until = Date.now() + CONNECT_PATIENCE_MS;
  for (;;) {
    try {
      const connection = await connectTemporal(boot.settings.temporal, {
        address,
        ...(plugins ? { plugins } : {}),
      });
      boot.cleanup.add('connection to Temporal', () => connection.close());
      return connection;
    } catch (error) {
      const retry = error instanceof PlumblineError && error.retryable && Date.now() < until;
      if (!retry) throw error;
      boot.log.warn({ address }, 'Temporal does not answer yet; trying again');
      await pause(POLL_MS * 4, stopping);
    }
  }
}

/** @throws PlumblineError `stopped` as soon as the process is asked to end */
async function pause(ms: number, stopping: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal: stopping }).catch(() => undefined);
  stopping.throwIfAborted();
}

async function embeddedAddress(boot: Boot, stopping: AbortSignal): Promise<string> {
  const until = Date.now() + PATIENCE_MS;
  let told = false;
  for (;;) {
    const address = await readEmbeddedAddress(boot.settings.dataDir);
    if (address !== undefined) return address;
    if (Date.now() > until) throw noServer(boot);
    if (!told) {
      boot.log.info(
        { dataDir: boot.settings.dataDir },
        'Waiting for "plumbline serve" to publish its Temporal server',
      );
      told = true;
    }
    await pause(POLL_MS, stopping);
  }
}

function noServer(boot: Boot): PlumblineError {
  return new PlumblineError(
    'temporal_unavailable',
    `No Temporal server: temporal.address is not set, and no "plumbline serve" has published one under ${boot.settings.dataDir}. ` +
      'Start serve with the same config, or set temporal.address.',
  );
}
