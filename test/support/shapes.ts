import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HealthJson } from '../../src/api/schemas/repo.ts';
import { baseEnv } from '../../src/util/exec-env.ts';
import { readEmbeddedAddress, startEmbeddedTemporal } from '../../src/workers/embedded-temporal.ts';
import { call, eventually, ready, startProcess, type PlumblineProcess, type Site } from './plumbline.ts';
import { startPostgres } from './postgres.ts';
import { testLog } from './temporal.ts';
import { temporalBinary } from './tools.ts';

/** The two ways of running Plumbline that the same tests hold for. */
export const SHAPES = [
  'one process on SQLite',
  'serve and two workers on PostgreSQL and a Temporal server',
] as const;

/** A running Plumbline of either shape. */
export interface RunningShape {
  /** The process that answers HTTP and takes SIGHUP. */
  server: PlumblineProcess;
  /** The processes that only work; none where the server works as well. */
  workers: PlumblineProcess[];
  /** Of the Temporal server. */
  temporalAddress: string;
  /** What each process got of the environment besides this one's own. */
  env: Record<string, string>;
  /** What all processes have printed. */
  log: () => string;
  /** Starts another process of this Plumbline, which `stop` ends, too. */
  start: (role: 'serve' | 'worker') => PlumblineProcess;
  stop: () => Promise<void>;
}

/** A server that Plumbline's processes share, and how it is ended. */
interface Backing {
  env: Record<string, string>;
  temporalAddress: string;
  stop: () => Promise<void>;
}

/**
 * Starts Plumbline on the site's config, ready for work; `stop` ends everything that was started.
 * @param options.env what each process gets of the environment besides this one's own
 */
export async function startShape(
  shape: (typeof SHAPES)[number],
  site: Site,
  options: { env?: Record<string, string> } = {},
): Promise<RunningShape> {
  const apart = shape !== SHAPES[0];
  const backing = apart ? await startBacking(site) : undefined;
  const processes: PlumblineProcess[] = [];
  const env = { ...backing?.env, ...options.env };
  const start = (role: string): PlumblineProcess => {
    const process = startProcess([role, '--config', site.configFile], { env });
    processes.push(process);
    return process;
  };
  const stop = async (): Promise<void> => {
    for (const process of processes.toReversed()) await process.stop();
    await backing?.stop();
  };
  try {
    const [server, ...workers] = (apart ? ['serve', 'worker', 'worker'] : ['up']).map(start);
    await ready(site, server!);
    await everyWorkerPolls(site, Math.max(1, workers.length));
    const temporalAddress = backing?.temporalAddress ?? (await readEmbeddedAddress(site.dataDir)) ?? '';
    const log = () => processes.map((process) => process.log()).join('\n');
    return { server: server!, workers, temporalAddress, env, log, start, stop };
  } catch (error) {
    await stop().catch(() => undefined);
    throw error;
  }
}

async function everyWorkerPolls(site: Site, workers: number): Promise<void> {
  await eventually('every worker polls', async () => {
    const { json } = await call<HealthJson>(site, 'GET', '/api/health');
    return json.workers.every(({ pollers }) => pollers >= workers);
  });
}

/** PostgreSQL and a Temporal server that belong to nobody; the site's config names them. */
async function startBacking(site: Site): Promise<Backing> {
  const postgres = await startPostgres();
  const dataDir = await mkdtemp(join(tmpdir(), 'plumbline-temporal-'));
  const binary = await temporalBinary();
  const temporal = await startEmbeddedTemporal({
    binary,
    dataDir,
    log: testLog(),
    env: baseEnv(process.env),
  });
  await site.configure({
    store: { url_env: 'PLUMBLINE_STORE_URL' },
    temporal: { address: temporal.address },
  });
  return {
    env: {
      PLUMBLINE_STORE_URL: postgres.url,
      PLUMBLINE_DATA_KEY: Buffer.alloc(32, 5).toString('base64'),
    },
    temporalAddress: temporal.address,
    stop: async () => {
      await temporal.stop();
      await postgres.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
