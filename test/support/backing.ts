import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { baseEnv } from '../../src/util/exec-env.ts';
import { startEmbeddedTemporal } from '../../src/workers/embedded-temporal.ts';
import type { Site } from './plumbline.ts';
import { startPostgres } from './postgres.ts';
import { testLog } from './temporal.ts';
import { temporalBinary } from './tools.ts';

/** The servers that Plumbline's processes share, and how they end. */
export interface Backing {
  /** What Plumbline's processes need to reach them. */
  env: Record<string, string>;
  temporalAddress: string;
  /** SIGKILL of the Temporal server, and PostgreSQL's immediate shutdown. */
  crash: () => Promise<void>;
  /** Starts both again where they were. */
  recover: () => Promise<void>;
  /** Removes Temporal's database; the server must have crashed. */
  loseTemporal: () => Promise<void>;
  stop: () => Promise<void>;
}

/** PostgreSQL and a Temporal server that belong to nobody; the site's config names them. */
export async function startBacking(site: Site): Promise<Backing> {
  const postgres = await startPostgres();
  const dataDir = await mkdtemp(join(tmpdir(), 'plumbline-temporal-'));
  const binary = await temporalBinary();
  const startTemporal = async (port?: number) =>
    await startEmbeddedTemporal({
      binary,
      dataDir,
      log: testLog(),
      env: baseEnv(process.env),
      ...(port === undefined ? {} : { port }),
    });
  let temporal = await startTemporal();
  const { address } = temporal;
  await site.configure({ store: { url_env: 'PLUMBLINE_STORE_URL' }, temporal: { address } });
  return {
    env: {
      PLUMBLINE_STORE_URL: postgres.url,
      PLUMBLINE_DATA_KEY: Buffer.alloc(32, 5).toString('base64'),
    },
    temporalAddress: address,
    crash: async () => {
      await killTemporal(dataDir);
      await temporal.stop();
      await postgres.crash();
    },
    recover: async () => {
      await postgres.recover();
      temporal = await startTemporal(Number(new URL(`http://${address}`).port));
    },
    loseTemporal: async () => await loseTemporal(dataDir),
    stop: async () => {
      await temporal.stop();
      await postgres.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** SIGKILL of the embedded server that is published under a data folder. */
export async function killTemporal(dataDir: string): Promise<void> {
  const published = await readFile(join(dataDir, 'temporal.json'), 'utf8');
  const { server } = JSON.parse(published) as { server: { pid: number } };
  process.kill(server.pid, 'SIGKILL');
}

/** Removes the database of the embedded server of a data folder. */
export async function loseTemporal(dataDir: string): Promise<void> {
  await rm(join(dataDir, 'temporal'), { recursive: true });
}
