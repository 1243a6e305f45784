import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { access, chown, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { freePort } from '../../src/util/free-port.ts';

const run = promisify(execFile);
const DEBIAN_BIN = '/usr/lib/postgresql';
/** PostgreSQL's fast shutdown: connections are cut, nothing is waited for. */
const FAST = 'SIGINT';
/** PostgreSQL's immediate shutdown: every process is aborted where it stands. */
const IMMEDIATE = 'SIGQUIT';

/** A PostgreSQL server of this test file's own, on a free port of 127.0.0.1; its data is gone when it is stopped. */
export interface PostgresServer {
  password: string;
  /** The database `postgres`, as superuser. */
  url: string;
  /** Makes an empty database and returns its URL. */
  createDatabase(): Promise<string>;
  /** Stops the server, which cuts every connection, and starts it again on the same port. */
  restart(): Promise<void>;
  /** Ends it as a crash does: nothing is written down, and the next start recovers. */
  crash(): Promise<void>;
  /** Starts it again after a crash, on the same port and data. */
  recover(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts a real server (as the user `postgres` when we are root, which PostgreSQL refuses to run as).
 * @throws Error that names the missing package when there is no PostgreSQL on this machine
 */
export async function startPostgres(): Promise<PostgresServer> {
  const bin = await findPostgres();
  const user = await serverUser();
  const folder = await mkdtemp(join(tmpdir(), 'plumbline-postgres-'));
  if (user.uid !== undefined) await chown(folder, user.uid, user.gid!);
  const data = join(folder, 'data');
  // Characters that must be percent-encoded in a URL, as real passwords have them.
  const password = `p@ss/${randomBytes(9).toString('base64url')}`;
  const passwordFile = join(folder, 'password');
  await writeFile(passwordFile, password);
  if (user.uid !== undefined) await chown(passwordFile, user.uid, user.gid!);
  await run(
    join(bin, 'initdb'),
    [
      '-D',
      data,
      '-U',
      'plumbline',
      '--pwfile',
      passwordFile,
      '-A',
      'scram-sha-256',
      '-E',
      'UTF8',
      '--no-sync',
    ],
    { ...user, cwd: folder },
  );
  const port = await freePort();
  let server = await startServer(join(bin, 'postgres'), data, port, user);
  const url = `postgres://plumbline:${encodeURIComponent(password)}@127.0.0.1:${port}`;
  let databases = 0;
  return {
    password,
    url: `${url}/postgres`,
    async createDatabase() {
      databases += 1;
      const client = new Client({ connectionString: `${url}/postgres` });
      await client.connect();
      await client.query(`create database store_${databases}`);
      await client.end();
      return `${url}/store_${databases}`;
    },
    async restart() {
      await stopServer(server, FAST);
      server = await startServer(join(bin, 'postgres'), data, port, user);
    },
    async crash() {
      await stopServer(server, IMMEDIATE);
    },
    async recover() {
      server = await startServer(join(bin, 'postgres'), data, port, user);
    },
    async stop() {
      await stopServer(server, FAST);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

interface ServerUser {
  uid?: number;
  gid?: number;
}

async function serverUser(): Promise<ServerUser> {
  if (process.getuid?.() !== 0) return {};
  const [uid, gid] = await Promise.all(
    ['-u', '-g'].map(async (flag) => Number((await run('id', [flag, 'postgres'])).stdout)),
  );
  return { uid: uid!, gid: gid! };
}

/** The folder of the server's programs. @throws Error that names the missing package */
export async function findPostgres(): Promise<string> {
  const versions = await readdir(DEBIAN_BIN).catch(() => []);
  const folders = [
    ...versions.sort((a, b) => Number(b) - Number(a)).map((version) => join(DEBIAN_BIN, version, 'bin')),
    ...(process.env['PATH'] ?? '').split(delimiter),
  ];
  for (const folder of folders) {
    const found = await access(join(folder, 'initdb')).then(
      () => true,
      () => false,
    );
    if (found) return folder;
  }
  throw new Error(
    'The store is tested on a real PostgreSQL server, and there is none on this machine: ' +
      'install the Debian package "postgresql" (or any PostgreSQL 13 or later whose "initdb" is on PATH).',
  );
}

async function startServer(
  program: string,
  data: string,
  port: number,
  user: ServerUser,
): Promise<ChildProcess> {
  const settings = [
    'fsync=off',
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'max_connections=60',
    'logging_collector=off',
  ];
  const server = spawn(
    program,
    ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])],
    { ...user, cwd: dirname(data), stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const said: string[] = [];
  const lines = createInterface({ input: server.stderr });
  await new Promise<void>((resolve, reject) => {
    lines.on('line', (line) => {
      said.push(line);
      if (line.includes('ready to accept connections')) resolve();
    });
    server.once('error', reject);
    server.once('exit', (code) => reject(new Error(`postgres ended with ${code}:\n${said.join('\n')}`)));
  });
  return server;
}

async function stopServer(server: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const ended = once(server, 'exit');
  server.kill(signal);
  await ended;
}
