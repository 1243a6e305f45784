import type { HealthJson } from '../../src/api/schemas/repo.ts';
import { readEmbeddedAddress } from '../../src/workers/embedded-temporal.ts';
import { killTemporal, loseTemporal, startBacking } from './backing.ts';
import { call, eventually, ready, startProcess, type PlumblineProcess, type Site } from './plumbline.ts';

/** The two ways of running Plumbline that the same tests hold for. */
export const SHAPES = [
  'one process on SQLite',
  'serve and two workers on PostgreSQL and a Temporal server',
] as const;

type Role = 'up' | 'serve' | 'worker';

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
  /** Kills everything with SIGKILL: every process, the Temporal server and the store. */
  crash: () => Promise<void>;
  /** Removes Temporal's database, between `crash` and `recover`. */
  loseTemporal: () => Promise<void>;
  /** Starts everything again after `crash`, ready for work. */
  recover: () => Promise<void>;
  stop: () => Promise<void>;
}

/**
 * Starts Plumbline on the site's config, ready for work; `stop` ends everything that was started.
 * @param options.env what each process gets of the environment besides this one's own
 * @param options.roles instead of the shape's own processes; the first one answers HTTP
 */
export async function startShape(
  shape: (typeof SHAPES)[number],
  site: Site,
  options: { env?: Record<string, string>; roles?: readonly Role[] } = {},
): Promise<RunningShape> {
  const apart = shape !== SHAPES[0];
  const backing = apart ? await startBacking(site) : undefined;
  const roles = options.roles ?? (apart ? ['serve', 'worker', 'worker'] : ['up']);
  const processes: PlumblineProcess[] = [];
  const env = { ...backing?.env, ...options.env };
  const start = (role: Role): PlumblineProcess => {
    const process = startProcess([role, '--config', site.configFile], { env });
    processes.push(process);
    return process;
  };
  const startAll = async (): Promise<{ server: PlumblineProcess; workers: PlumblineProcess[] }> => {
    const [server, ...workers] = roles.map(start);
    await ready(site, server!);
    await everyWorkerPolls(site, Math.max(1, workers.length));
    return { server: server!, workers };
  };
  const stop = async (): Promise<void> => {
    for (const process of processes.toReversed()) await process.stop();
    await backing?.stop();
  };
  try {
    const temporalAddress = async () =>
      backing?.temporalAddress ?? (await readEmbeddedAddress(site.dataDir)) ?? '';
    const log = () => processes.map((process) => process.log()).join('\n');
    const running: RunningShape = {
      ...(await startAll()),
      temporalAddress: await temporalAddress(),
      env,
      log,
      start,
      crash: async () => {
        // The server first: it would start its embedded Temporal server again.
        for (const process of processes) await process.kill();
        await (backing ? backing.crash() : killTemporal(site.dataDir));
      },
      loseTemporal: async () => await (backing?.loseTemporal() ?? loseTemporal(site.dataDir)),
      recover: async () => {
        await backing?.recover();
        Object.assign(running, await startAll(), { temporalAddress: await temporalAddress() });
      },
      stop,
    };
    return running;
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
