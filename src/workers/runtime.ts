import { DefaultLogger, type LogEntry, makeTelemetryFilterString, Runtime } from '@temporalio/worker';
import { freePort } from '../util/free-port.ts';
import type { Logger } from '../util/log.ts';

const LEVELS = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;
const LOOPBACK = '127.0.0.1';
const SCRAPE_MS = 2_000;

/** The SDK's own metrics in Prometheus' text format; empty while they can't be had. */
export type SdkMetrics = () => Promise<string>;

/**
 * Sets up the SDK's native side: its log goes to ours, and its metrics can be read. Call it once per process, before any
 * worker or connection is made. Signals are left to whoever composes the process.
 * @throws IllegalStateError when the process has a runtime already
 */
export async function installRuntime(log: Logger): Promise<SdkMetrics> {
  // The exporter is on the native side and serves HTTP only; handing each value over to JavaScript costs far more.
  const address = `${LOOPBACK}:${await freePort()}`;
  Runtime.install({
    logger: new DefaultLogger('INFO', (entry) => forward(log, entry)),
    shutdownSignals: [],
    telemetryOptions: {
      logging: { filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }), forward: {} },
      metrics: {
        prometheus: {
          bindAddress: address,
          countersTotalSuffix: true,
          unitSuffix: true,
          useSecondsForDurations: true,
        },
      },
    },
  });
  return async () => {
    try {
      const answer = await fetch(`http://${address}/metrics`, { signal: AbortSignal.timeout(SCRAPE_MS) });
      return answer.ok ? await answer.text() : '';
    } catch (error) {
      log.warn({ err: error }, 'The metrics of the Temporal SDK could not be read');
      return '';
    }
  };
}

/** What the SDK says on every start although it is meant so: only some workers have workflows, none has Nexus. */
const EXPECTED = /^(?:No (?:workflows|Nexus services) registered|Worker state changed)/;

function forward(log: Logger, { level, message, meta }: LogEntry): void {
  const { error, ...facts } = meta ?? {};
  const as = EXPECTED.test(message) ? 'debug' : LEVELS[level];
  log[as]({ ...facts, ...(error === undefined ? {} : { err: error }) }, message);
}
