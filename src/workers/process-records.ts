import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { ToolRecord, ToolRecords } from '../activities/tool-records.ts';
import type { Logger } from '../util/log.ts';
import { identifyProcess, type ProcessIdentity } from './process-identity.ts';

/** A tool activity as its worker wrote it down. */
export interface ProcessRecord {
  worker: ProcessIdentity;
  /** base64; names the attempt, so that a word about it can't hit a later one. */
  taskToken: string;
  workflowId: string;
  activityId: string;
  attempt: number;
  /** Absolute. */
  scratchDir: string | null;
  /** Leaders of the process groups of its tools. */
  groups: ProcessIdentity[];
}

/** Where this host's records are. */
export function recordsFolder(dataDir: string): string {
  return join(dataDir, 'workers', hostname().replaceAll(/[^A-Za-z0-9._-]/g, '_'));
}

/** Keeps one file per running tool activity of this process under `dataDir`. */
export async function createProcessRecords(dataDir: string, log: Logger): Promise<ToolRecords> {
  const worker = await identifyProcess(process.pid);
  if (!worker) throw new Error('This process can not be identified.');
  const folder = recordsFolder(dataDir);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  let opened = 0;
  return {
    open: async ({ taskToken, ...activity }) => {
      opened += 1;
      const path = join(folder, `${worker.pid}-${worker.startedAt.replaceAll(/\W/g, '')}-${opened}.json`);
      const token = Buffer.from(taskToken).toString('base64');
      const record: ProcessRecord = { worker, taskToken: token, ...activity, groups: [] };
      return await openRecord(path, record, log);
    },
  };
}

async function openRecord(path: string, record: ProcessRecord, log: Logger): Promise<ToolRecord> {
  // Whole or not at all for a reader, but not synced: after a crash of the machine no tool is left to end.
  const write = async () => {
    await writeFile(`${path}.tmp`, JSON.stringify(record), { mode: 0o600 });
    await rename(`${path}.tmp`, path);
  };
  let writing = write();
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
        const leader = state === 'started' ? await identifyProcess(pgid) : undefined;
        if (leader) record.groups.push(leader);
        await write();
      }),
    close: async () => {
      await writing;
      await rm(path, { force: true });
    },
  };
}

/** All records of this host, of living and dead workers. Unreadable ones are left out. */
export async function readProcessRecords(
  dataDir: string,
): Promise<{ path: string; record: ProcessRecord }[]> {
  const folder = recordsFolder(dataDir);
  const names = await readdir(folder).catch(() => []);
  const found = [];
  for (const name of names.filter((file) => file.endsWith('.json'))) {
    const path = join(folder, name);
    const text = await readFile(path, 'utf8').catch(() => undefined);
    const record = text === undefined ? undefined : parseRecord(text);
    if (record) found.push({ path, record });
  }
  return found;
}

function parseRecord(text: string): ProcessRecord | undefined {
  try {
    return JSON.parse(text) as ProcessRecord;
  } catch {
    return undefined;
  }
}
