import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { freePort } from '../../src/util/free-port.ts';

/** The CLI as a user runs it from a checkout. */
export const PLUMBLINE_BIN = fileURLToPath(new URL('../../bin/plumbline', import.meta.url));

/** What a finished call of the CLI left. */
export interface CliResult {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs `plumbline …` to its end. */
export async function runCli(
  args: readonly string[],
  options: { cwd?: string; env?: Record<string, string>; input?: string } = {},
): Promise<CliResult> {
  const child = spawn(PLUMBLINE_BIN, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: 'pipe',
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  child.stdin.end(options.input ?? '');
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { code, stdout, stderr };
}

/** A long-running Plumbline process: `up`, `serve` or `worker`. */
export interface PlumblineProcess {
  pid: number;
  /** Everything it has printed so far. */
  log: () => string;
  /** SIGTERM; fails unless the process ends with exit code 0 (or had ended before). */
  stop: () => Promise<void>;
  /** SIGKILL of this process alone. */
  kill: () => Promise<void>;
  exited: Promise<number | null>;
}

/** Starts a long-running process; the caller stops it. */
export function startProcess(
  args: readonly string[],
  options: { cwd?: string; env?: Record<string, string> } = {},
): PlumblineProcess {
  const child: ChildProcess = spawn(PLUMBLINE_BIN, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  child.stdout?.on('data', (chunk: Buffer) => (log += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (log += chunk.toString()));
  const exited = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code));
  });
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    return await exited;
  };
  return {
    pid: child.pid ?? 0,
    log: () => log,
    stop: async () => {
      const running = child.exitCode === null && child.signalCode === null;
      const code = await end('SIGTERM');
      if (running && code !== 0)
        throw new Error(`It ended with ${String(code)} on SIGTERM.\n${log.slice(-4000)}`);
    },
    kill: async () => {
      await end('SIGKILL');
    },
    exited,
  };
}

/** A folder with a config file, and the addresses that go with it. */
export interface Site {
  dir: string;
  configFile: string;
  url: string;
  dataDir: string;
  /** Writes the config anew, e.g. before SIGHUP: top-level keys that aren't given stay as they were. */
  configure(config: Record<string, unknown>): Promise<void>;
  remove(): Promise<void>;
}

/** Makes a folder with a config file; `data_dir` and `listen_addr` are filled in. */
export async function aSite(config: Record<string, unknown>): Promise<Site> {
  const dir = await mkdtemp(join(tmpdir(), 'plumbline-e2e-'));
  const port = await freePort();
  let known: Record<string, unknown> = { git: { allow_local: true } };
  const site: Site = {
    dir,
    configFile: join(dir, 'config.yaml'),
    url: `http://127.0.0.1:${port}`,
    dataDir: join(dir, 'data'),
    configure: async (next) => {
      known = { data_dir: site.dataDir, listen_addr: `127.0.0.1:${port}`, ...known, ...next };
      await writeFile(site.configFile, stringify(known));
    },
    remove: async () => await rm(dir, { recursive: true, force: true, maxRetries: 5 }),
  };
  await site.configure(config);
  return site;
}

/** Waits until `check` gives something; fails with what it last threw, or with `log`, when it never does. */
export async function eventually<T>(
  what: string,
  check: () => Promise<T | undefined | false>,
  options: { withinMs?: number; log?: () => string } = {},
): Promise<T> {
  const until = Date.now() + (options.withinMs ?? 120_000);
  let last: unknown;
  while (Date.now() < until) {
    try {
      const value = await check();
      if (value !== undefined && value !== false) return value;
    } catch (error) {
      last = error;
    }
    await sleep(100);
  }
  throw new Error(`It never happened: ${what}.\n${options.log?.().slice(-4000) ?? ''}`, { cause: last });
}

/** Waits until `GET /api/health` answers 200. */
export async function ready(site: Site, process: PlumblineProcess): Promise<void> {
  let ended = false;
  void process.exited.then(() => (ended = true));
  await eventually(
    `${site.url} is healthy`,
    async () => {
      if (ended) throw new Error('the process has ended');
      return (await fetch(`${site.url}/api/health`)).status === 200;
    },
    { log: process.log },
  );
}

/** GET or POST of JSON, with the status. `T` is what the caller knows the answer to be. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters
export async function call<T>(
  site: Site,
  method: 'GET' | 'POST',
  path: string,
  body?: unknown,
): Promise<{ status: number; json: T }> {
  const response = await fetch(`${site.url}${path}`, {
    method,
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  return { status: response.status, json: (await response.json()) as T };
}
