import { spawn } from 'node:child_process';
import { open } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { endGroup } from '../util/process-group.ts';
import { PlumblineError } from '../util/errors.ts';
import { SEARCH_ATTRIBUTES } from '../workflows/search-attributes.ts';
import { identifyProcess, type ProcessIdentity, processState } from './process-identity.ts';
import { rotateLog } from './rotate-log.ts';

const READY_MS = 60_000;
const STOP_GRACE_MS = 10_000;
const ATTRIBUTE_TYPES = { KEYWORD: 'Keyword', INT: 'Int' } as const;

/**
 * A write-ahead log that is not synced at each commit: several times as fast, and nothing is lost when a process is
 * killed. After a power cut the last moments may be missing, which ends as activities that run again.
 */
const SQLITE_PRAGMAS = ['journal_mode=WAL', 'synchronous=NORMAL'];

export interface ServerArguments {
  ip: string;
  port: number;
  uiIp: string;
  uiPort: number;
  databasePath: string;
  namespace: string;
  dynamicConfig: Readonly<Record<string, string>>;
}

/**
 * Starts the dev server in a process group of its own, so that Ctrl-C in a terminal doesn't end it before the workers
 * are done. It writes to a file: a pipe would break with this process.
 * @throws PlumblineError `temporal_start_failed`
 */
export async function spawnServer(
  binary: string,
  args: ServerArguments,
  options: { cwd: string; env: Readonly<Record<string, string>>; logPath: string },
): Promise<ProcessIdentity> {
  await rotateLog(options.logPath);
  const log = await open(options.logPath, 'a', 0o600);
  try {
    const child = spawn(binary, commandLine(args), {
      cwd: options.cwd,
      env: { ...options.env },
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
    });
    const failed = new Promise<never>((_, reject) => {
      child.once('error', (cause) => reject(startFailed(`${binary} can not be run`, cause)));
    });
    failed.catch(() => undefined);
    child.unref();
    const identity = child.pid === undefined ? await failed : await identifyProcess(child.pid);
    if (!identity) throw startFailed(`it ended at once; see ${options.logPath}`);
    return identity;
  } finally {
    await log.close();
  }
}

function commandLine(args: ServerArguments): string[] {
  const fixed = `server start-dev --ip ${args.ip} --port ${args.port} --ui-ip ${args.uiIp} --ui-port ${args.uiPort} --log-level warn`;
  return [
    ...fixed.split(' '),
    ...SQLITE_PRAGMAS.flatMap((pragma) => ['--sqlite-pragma', pragma]),
    '--disable-config-file',
    '--namespace',
    args.namespace,
    '--db-filename',
    args.databasePath,
    ...SEARCH_ATTRIBUTES.flatMap(({ name, type }) => [
      '--search-attribute',
      `${name}=${ATTRIBUTE_TYPES[type]}`,
    ]),
    ...Object.entries(args.dynamicConfig).flatMap(([key, value]) => [
      '--dynamic-config-value',
      `${key}=${value}`,
    ]),
  ];
}

/**
 * Waits until the server answers for a namespace.
 * @throws PlumblineError `temporal_start_failed` when the process ends, or after a minute
 */
export async function waitUntilReady(
  identity: ProcessIdentity,
  { address, namespace, timeoutMs = READY_MS }: { address: string; namespace: string; timeoutMs?: number },
): Promise<void> {
  const until = Date.now() + timeoutMs;
  while (Date.now() < until) {
    if ((await processState(identity)) !== 'running') throw startFailed('it ended while it started');
    if (await answers(address, namespace)) return;
    await delay(100);
  }
  throw startFailed(`it did not answer on ${address} within ${timeoutMs / 1000} s`);
}

async function answers(address: string, namespace: string): Promise<boolean> {
  try {
    const connection = await Connection.connect({ address, connectTimeout: 2_000 });
    try {
      await connection.withDeadline(Date.now() + 2_000, () =>
        connection.workflowService.describeNamespace({ namespace }),
      );
      return true;
    } finally {
      await connection.close();
    }
  } catch {
    return false;
  }
}

/** Ends the server: it gets its time to write everything down. One that has ended is fine. */
export async function endServer(identity: ProcessIdentity): Promise<void> {
  if ((await processState(identity)) !== 'running') return;
  try {
    process.kill(identity.pid, 'SIGTERM');
  } catch {
    return;
  }
  const until = Date.now() + STOP_GRACE_MS;
  while (Date.now() < until) {
    if ((await processState(identity)) !== 'running') return;
    await delay(50);
  }
  await endGroup(identity.pid, { graceMs: 0 });
}

function startFailed(why: string, cause?: unknown): PlumblineError {
  return new PlumblineError('temporal_start_failed', `The embedded Temporal server did not start: ${why}.`, {
    cause,
    retryable: true,
  });
}
