import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import envPaths from 'env-paths';
import type { S3Settings } from '../../src/domain/settings.ts';
import { createToolchain } from '../../src/toolchain/toolchain.ts';
import { baseEnv } from '../../src/util/exec-env.ts';
import { freePort } from '../../src/util/free-port.ts';
import { createRedactor } from '../../src/util/redact.ts';

/** A real S3 server (versitygw) with one empty bucket, on a free port of 127.0.0.1. */
export interface S3Server {
  settings: S3Settings;
  /** The file that the server keeps an object in. */
  objectPath(key: string): string;
  /** Makes an object look as if it had been written that long ago. */
  age(key: string, ageMs: number): Promise<void>;
  stop(): Promise<void>;
}

/** Starts the server; builds its program first where that wasn't done yet (one to two minutes, once). */
export async function startS3(): Promise<S3Server> {
  const program = await findProgram();
  const root = await mkdtemp(join(tmpdir(), 'plumbline-s3-'));
  const bucket = 'artifacts';
  await Promise.all(['data', 'metadata'].map((name) => mkdir(join(root, name))));
  await mkdir(join(root, 'data', bucket));
  const accessKeyId = 'plumbline';
  const secretAccessKey = randomBytes(20).toString('base64url');
  const port = await freePort();
  const server = spawn(
    program,
    // Metadata in files of its own: not every temporary folder has extended attributes.
    [
      '--port',
      `127.0.0.1:${port}`,
      '--quiet',
      'posix',
      '--sidecar',
      join(root, 'metadata'),
      join(root, 'data'),
    ],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ROOT_ACCESS_KEY: accessKeyId, ROOT_SECRET_KEY: secretAccessKey, VGW_REGION: 'eu-test-1' },
    },
  );
  const endpoint = `http://127.0.0.1:${port}`;
  await untilAnswering(server, endpoint);
  const prefix = 'plumbline/';
  const objectPath = (key: string) => join(root, 'data', bucket, prefix, key);
  return {
    settings: { endpoint, bucket, region: 'eu-test-1', prefix, accessKeyId, secretAccessKey },
    objectPath,
    async age(key, ageMs) {
      const time = new Date(Date.now() - ageMs);
      await utimes(objectPath(key), time, time);
    },
    async stop() {
      const ended = once(server, 'exit');
      if (server.exitCode === null && server.signalCode === null) {
        server.kill('SIGTERM');
        await ended;
      }
      await rm(root, { recursive: true, force: true });
    },
  };
}

async function findProgram(): Promise<string> {
  const toolchain = createToolchain({
    settings: { cacheDir: null, download: true, build: true, tools: {} },
    cacheDir: process.env['PLUMBLINE_CACHE_DIR'] ?? envPaths('plumbline', { suffix: '' }).cache,
    baseEnv: baseEnv(process.env),
    redactor: createRedactor(),
  });
  const { path } = await toolchain.resolve('versitygw', undefined, {
    onProgress: (message) => process.stderr.write(`${message}\n`),
  });
  return path;
}

async function untilAnswering(server: ChildProcess, endpoint: string): Promise<void> {
  const said: string[] = [];
  server.stderr?.on('data', (chunk: Buffer) => said.push(chunk.toString()));
  for (;;) {
    if (server.exitCode !== null)
      throw new Error(`versitygw ended with ${server.exitCode}:\n${said.join('')}`);
    const answered = await fetch(endpoint).then(
      () => true,
      () => false,
    );
    if (answered) return;
    await delay(20);
  }
}
