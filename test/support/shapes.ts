import type { HealthJson } from '../../src/api/schemas/repo.ts';
import { call, eventually, ready, startProcess, type PlumblineProcess, type Site } from './plumbline.ts';
import { startPostgres, type PostgresServer } from './postgres.ts';

/** The two ways of running Plumbline that the same tests hold for. */
export const SHAPES = ['one process on SQLite', 'serve and two workers on PostgreSQL'] as const;

/** A running Plumbline of either shape. */
export interface RunningShape {
  /** The process that answers HTTP and takes SIGHUP. */
  server: PlumblineProcess;
  /** What all processes have printed. */
  log: () => string;
  stop: () => Promise<void>;
}

/** Starts Plumbline on the site's config, ready for work; `stop` ends everything that was started. */
export async function startShape(shape: (typeof SHAPES)[number], site: Site): Promise<RunningShape> {
  const processes: PlumblineProcess[] = [];
  let postgres: PostgresServer | undefined;
  const running = (): RunningShape => ({
    server: processes[0]!,
    log: () => processes.map((process) => process.log()).join('\n'),
    stop: async () => {
      for (const process of processes.toReversed()) await process.stop();
      await postgres?.stop();
    },
  });
  if (shape === 'one process on SQLite') {
    processes.push(startProcess(['up', '--config', site.configFile]));
  } else {
    postgres = await startPostgres();
    await site.configure({ store: { url_env: 'PLUMBLINE_STORE_URL' } });
    const env = {
      PLUMBLINE_STORE_URL: postgres.url,
      PLUMBLINE_DATA_KEY: Buffer.alloc(32, 5).toString('base64'),
    };
    for (const role of ['serve', 'worker', 'worker']) {
      processes.push(startProcess([role, '--config', site.configFile], { env }));
    }
  }
  await ready(site, processes[0]!);
  await eventually('every worker polls', async () => {
    const { json } = await call<HealthJson>(site, 'GET', '/api/health');
    return json.workers.every(({ pollers }) => pollers >= Math.max(1, processes.length - 1));
  });
  return running();
}
