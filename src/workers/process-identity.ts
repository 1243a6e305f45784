import { execFile } from 'node:child_process';
import { readFile, readlink } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A process for certain: PIDs are used again, a PID with its start time is not. */
export interface ProcessIdentity {
  pid: number;
  /** The system's own words for when it started. */
  startedAt: string;
  /** Changes with every start of the machine. */
  bootId: string;
  /** PIDs mean something only inside their namespace (a container has its own). */
  pidNamespace: string;
}

/** The identity of a running process, or undefined when there is none (a zombie counts as none). */
export async function identifyProcess(pid: number): Promise<ProcessIdentity | undefined> {
  const startedAt = process.platform === 'linux' ? await linuxStart(pid) : await psStart(pid);
  if (startedAt === undefined) return undefined;
  const machine = await identifyMachine();
  return { pid, startedAt, ...machine };
}

/** What of an identity belongs to the machine. */
export async function identifyMachine(): Promise<Pick<ProcessIdentity, 'bootId' | 'pidNamespace'>> {
  const [bootId, pidNamespace] = await Promise.all([
    readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => ''),
    readlink('/proc/self/ns/pid').catch(() => ''),
  ]);
  return { bootId: bootId.trim(), pidNamespace };
}

/**
 * Whether that very process still runs. `unknown` when it lives in another PID namespace, where nobody here can tell.
 */
export async function processState(identity: ProcessIdentity): Promise<'running' | 'gone' | 'unknown'> {
  const machine = await identifyMachine();
  if (machine.bootId !== identity.bootId) return 'gone';
  if (machine.pidNamespace !== identity.pidNamespace) return 'unknown';
  const now = await identifyProcess(identity.pid);
  return now?.startedAt === identity.startedAt ? 'running' : 'gone';
}

async function linuxStart(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (stat === undefined) return undefined;
  // The name in parentheses may hold anything; the fields after it are numbers: state is the 3rd, start the 22nd.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
}

async function psStart(pid: number): Promise<string | undefined> {
  const found = await run('ps', ['-o', 'lstart=', '-p', String(pid)]).catch(() => undefined);
  return found?.stdout.trim() || undefined;
}
