import { readdir, readFile, readlink, realpath } from 'node:fs/promises';

/** Of the access mode in a file descriptor's flags. */
const WRITING = 0o3;

/**
 * Whether a process of this machine has a file open for writing, as far as `/proc` shows it: processes of other users and of
 * other PID namespaces are not seen. False where there is no `/proc`.
 */
export async function isBeingWritten(path: string): Promise<boolean> {
  const target = await realpath(path).catch(() => undefined);
  if (target === undefined) return false;
  const processes = (await names('/proc')).filter((name) => /^\d+$/.test(name));
  for (const pid of processes) {
    for (const descriptor of await names(`/proc/${pid}/fd`)) {
      const open = await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => '');
      if (open === target && (await writes(pid, descriptor))) return true;
    }
  }
  return false;
}

async function writes(pid: string, descriptor: string): Promise<boolean> {
  const info = await readFile(`/proc/${pid}/fdinfo/${descriptor}`, 'utf8').catch(() => '');
  const flags = /^flags:\s*([0-7]+)/m.exec(info)?.[1];
  return flags !== undefined && (Number.parseInt(flags, 8) & WRITING) !== 0;
}

async function names(folder: string): Promise<string[]> {
  return await readdir(folder).catch(() => []);
}
