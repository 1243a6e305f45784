import { isDeepStrictEqual } from 'node:util';
import { ownQueues } from '../../domain/environments.ts';
import type { Settings } from '../../domain/settings.ts';

/** What is opened or read once, when a process starts, by the key of the config. */
const READ_ONCE: readonly (readonly [key: string, read: (settings: Settings) => unknown])[] = [
  ['data_dir', ({ dataDir }) => dataDir],
  ['listen_addr', ({ listen }) => listen],
  ['temporal', ({ temporal }) => temporal],
  ['store', ({ storeUrl }) => storeUrl],
  ['artifacts', ({ s3 }) => s3],
  ['toolchain.cache_dir', ({ cacheDir }) => cacheDir],
  ['worker.concurrency', ({ published }) => published.worker.concurrency],
  ['environments[].policy.queue', ({ published }) => ownQueues(published.environments)],
  ['telemetry', ({ otlpEndpoint, logLevel, workerMetrics }) => [otlpEndpoint, logLevel, workerMetrics]],
];

/** The keys of the config that differ and that a reload can't put into force. */
export function keysOfNextStart(before: Settings, after: Settings): string[] {
  return READ_ONCE.filter(([, read]) => !isDeepStrictEqual(read(before), read(after))).map(([key]) => key);
}
