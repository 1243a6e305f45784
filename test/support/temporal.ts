import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger, type Logger } from '../../src/util/log.ts';
import { baseEnv } from '../../src/util/exec-env.ts';
import { connectTemporal, type TemporalConnection } from '../../src/workers/connect.ts';
import { startEmbeddedTemporal, type EmbeddedTemporal } from '../../src/workers/embedded-temporal.ts';
import { installRuntime } from '../../src/workers/runtime.ts';
import { temporalBinary } from './tools.ts';

/** A real dev server of one test file, and a connection to it. */
export interface TestTemporal extends TemporalConnection {
  server: EmbeddedTemporal;
  /** Its data folder, removed by `stop`. */
  dataDir: string;
  stop(): Promise<void>;
}

/** A log for tests: to stderr when LOG_LEVEL asks for it. */
export function testLog(): Logger {
  return createLogger({
    level: process.env['LOG_LEVEL'] ?? 'silent',
    redactor: { redact: (text) => text },
    name: 'test',
  });
}

/** Sends the SDK's own log to the tests' log; a file that starts two servers does so once. */
async function quietRuntime(): Promise<void> {
  try {
    await installRuntime(testLog());
  } catch {
    // The runtime of this process is set up already.
  }
}

/** Starts a dev server on free ports with a database of its own. */
export async function startTestTemporal(
  options: { dynamicConfig?: Record<string, string> } = {},
): Promise<TestTemporal> {
  await quietRuntime();
  const dataDir = await mkdtemp(join(tmpdir(), 'plumbline-temporal-'));
  const server = await startEmbeddedTemporal({
    binary: await temporalBinary(),
    dataDir,
    log: testLog(),
    env: baseEnv(process.env),
    ...options,
  });
  const connection = await connectTo(server);
  return {
    ...connection,
    server,
    dataDir,
    stop: async () => {
      await connection.close();
      await server.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/**
 * The same dev server through a connection of its own, which `close` ends. Two workers of one process may share a task queue
 * only like this.
 */
export async function connectAgain(temporal: TestTemporal): Promise<TestTemporal> {
  return { ...temporal, ...(await connectTo(temporal.server)) };
}

async function connectTo({ address }: EmbeddedTemporal): Promise<TemporalConnection> {
  return await connectTemporal({ address: null, namespace: 'default', tls: null, apiKey: null }, { address });
}
