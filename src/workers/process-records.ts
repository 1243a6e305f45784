import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { ToolRecord, ToolRecords } from '../activities/tool-records.ts';
import type { Logger } from '../util/log.ts';
import { identifyProcess, type ProcessIdentity } from './process-identity.ts';

/** What a worker wrote down of one tool activity. */
export interface ActivityRecord {
  /** Absolute. */
  scratchDir: string | null;
  /** Leaders of the process groups of its tools. */
  groups: ProcessIdentity[];
}

/** What a worker process wrote down, for whoever finds it dead. */
export interface WorkerRecord {
  /** Absolute folder of the record. */
  folder: string;
  process: ProcessIdentity;
  /** What Temporal knows the worker by. */
  identity: string;
  activities: ActivityRecord[];
}

/** This process's own records. */
export interface ProcessRecords {
  /** What the worker is called in Temporal: unlike `host:pid`, never used again. */
  identity: string;
  tools: ToolRecords;
  /** The worker has ended in good order: nobody needs to look after it. */
  close(): Promise<void>;
}

const WORKER_FILE = 'worker.json';

function hostFolder(dataDir: string): string {
  return join(dataDir, 'workers', hostname().replaceAll(/[^A-Za-z0-9._-]/g, '_'));
}

/** Opens this process's records under `dataDir`: a folder with a file for the worker and one per running tool activity. */
export async function openProcessRecords(dataDir: string, log: Logger): Promise<ProcessRecords> {
  const own = await identifyProcess(process.pid);
  if (!own) throw new Error('This process can not be identified.');
  const name = `${own.pid}-${own.startedAt.replaceAll(/\W/g, '')}`;
  const identity = `${hostname()}:${name}`;
  const folder = join(hostFolder(dataDir), name);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeWhole(join(folder, WORKER_FILE), { process: own, identity });
  let opened = 0;
  return {
    identity,
    tools: {
      open: async ({ scratchDir }) => {
        opened += 1;
        return await openRecord(join(folder, `tool-${opened}.json`), { scratchDir, groups: [] }, log);
      },
    },
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

async function openRecord(path: string, record: ActivityRecord, log: Logger): Promise<ToolRecord> {
  let writing = writeWhole(path, record);
  await writing;
  const change = (work: () => Promise<void>) => {
    writing = writing.then(work).catch((error: unknown) => {
      log.warn({ err: error, path }, 'A process record could not be written');
    });
  };
  return {
    process: ({ pgid, state }) =>
      change(async () => {
        record.groups = record.groups.filter((group) => group.pid !== pgid);
        // That a group has ended needs no word on disk: whoever reads it looks whether that very process runs.
        if (state === 'ended') return;
        const leader = await identifyProcess(pgid);
        if (!leader) return;
        record.groups.push(leader);
        await writeWhole(path, record);
      }),
    close: async () => {
      await writing;
      await rm(path, { force: true });
    },
  };
}

/** Whole or not at all for a reader, but not synced: after a crash of the machine no tool is left to end. */
async function writeWhole(path: string, value: unknown): Promise<void> {
  await writeFile(`${path}.tmp`, JSON.stringify(value), { mode: 0o600 });
  await rename(`${path}.tmp`, path);
}

/** The records of all workers of this host, living and dead. Unreadable ones are left out. */
export async function readWorkerRecords(dataDir: string): Promise<WorkerRecord[]> {
  const host = hostFolder(dataDir);
  const names = await readdir(host).catch(() => []);
  const records = await Promise.all(names.map((name) => readWorkerRecord(join(host, name))));
  return records.filter((record) => record !== undefined);
}

async function readWorkerRecord(folder: string): Promise<WorkerRecord | undefined> {
  const worker = await readJson<Pick<WorkerRecord, 'process' | 'identity'>>(join(folder, WORKER_FILE));
  if (!worker) return undefined;
  const names = (await readdir(folder).catch(() => [])).filter((name) => /^tool-\d+\.json$/.test(name));
  const activities = await Promise.all(names.map((name) => readJson<ActivityRecord>(join(folder, name))));
  return { folder, ...worker, activities: activities.filter((activity) => activity !== undefined) };
}

async function readJson<T>(path: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as T;
  } catch {
    return undefined;
  }
}
