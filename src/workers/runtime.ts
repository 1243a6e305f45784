import {
  DefaultLogger,
  type LogEntry,
  makeTelemetryFilterString,
  MetricsBuffer,
  Runtime,
} from '@temporalio/worker';
import type { Logger } from '../util/log.ts';

const LEVELS = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;

/**
 * Sets up the SDK's native side: its log goes to ours, its metrics into a buffer. Call it once per process, before any
 * worker or connection is made. Signals are left to whoever composes the process.
 * @throws IllegalStateError when the process has a runtime already
 */
export function installRuntime(log: Logger): { sdkMetrics: MetricsBuffer } {
  const sdkMetrics = new MetricsBuffer();
  Runtime.install({
    logger: new DefaultLogger('INFO', (entry) => forward(log, entry)),
    shutdownSignals: [],
    telemetryOptions: {
      logging: { filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }), forward: {} },
      metrics: { buffer: sdkMetrics },
    },
  });
  return { sdkMetrics };
}

function forward(log: Logger, { level, message, meta }: LogEntry): void {
  const { error, ...facts } = meta ?? {};
  log[LEVELS[level]]({ ...facts, ...(error === undefined ? {} : { err: error }) }, message);
}
