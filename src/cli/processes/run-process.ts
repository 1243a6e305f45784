import { ownQueues } from '../../domain/environments.ts';
import { createMetrics } from '../../util/metrics.ts';
import { errorCode } from '../../util/errors.ts';
import { startTracing } from '../../util/tracing.ts';
import { installRuntime } from '../../workers/runtime.ts';
import { createTracingPlugin } from '../../workers/tracing-plugin.ts';
import { toolQueue } from '../../workflows/queues.ts';
import { ConfigError } from '../../config/config-error.ts';
import { printFaults } from '../../config/print-faults.ts';
import type { Io } from '../io.ts';
import { packageVersion } from '../version.ts';
import { reloadSettings, type Boot } from './boot.ts';
import { startMetricsServer } from './metrics-server.ts';
import { startServerSide, type ServerSide } from './server-side.ts';
import { listenForSignals, type Signals } from './signals.ts';
import { startTemporalSide } from './temporal-side.ts';
import { startWorkerSide } from './worker-side.ts';

/** What the command line says besides the config. */
interface RunOptions {
  /** A worker's tool queues; left out: see `queuesOf`. */
  queues?: readonly string[];
}

/** A process of Plumbline that is ready. */
export interface RunningProcess {
  boot: Boot;
  /** null in a worker. */
  server: ServerSide | null;
  temporalUiUrl: string | null;
  /** Resolves when the process was asked to end; rejects when a worker fails. */
  ended: Promise<void>;
  /** Ends everything in order. */
  stop(): Promise<void>;
}

/**
 * Starts the sides that the role needs; when one fails, those before it are undone.
 * @throws PlumblineError `stopped` when a signal asked the process to end meanwhile, and what the sides throw
 */
export async function startRunning(boot: Boot, io: Io, options: RunOptions = {}): Promise<RunningProcess> {
  const signals = listenForSignals();
  boot.cleanup.add('signals', () => signals.dispose());
  try {
    return await startSides(boot, io, signals, options);
  } catch (error) {
    const reason: unknown = signals.stopping.aborted ? signals.stopping.reason : error;
    await boot.cleanup.run();
    throw reason;
  }
}

async function startSides(
  boot: Boot,
  io: Io,
  signals: Signals,
  { queues }: RunOptions,
): Promise<RunningProcess> {
  const { role, log } = boot;
  const metrics = createMetrics();
  metrics.addSource(await installRuntime(log));
  const plugins = await startTraces(boot);
  const { stopping } = signals;
  const temporal = await startTemporalSide(boot, { plugins, stopping });
  stopping.throwIfAborted();
  const workers =
    role === 'serve'
      ? null
      : await startWorkerSide(boot, {
          temporal: temporal.connection,
          metrics,
          plugins,
          toolQueues: queues ?? queuesOf(boot),
        });
  if (role === 'worker') await startMetricsServer(boot, metrics);
  const server =
    role === 'worker'
      ? null
      : await startServerSide(boot, {
          temporal: temporal.connection,
          temporalUiUrl: temporal.uiUrl,
          metrics,
          traced: plugins.length > 0,
          io,
        });
  stopping.throwIfAborted();
  reloadOnSignal(signals, boot, () => reload(boot, io, server));
  log.info(
    { url: server?.url, temporal: temporal.connection.address, temporalUi: temporal.uiUrl },
    'Plumbline is ready',
  );
  const stopped = signals.stop.then((signal) =>
    log.info({ signal }, 'Ending: running plans get their grace time'),
  );
  return {
    boot,
    server,
    temporalUiUrl: temporal.uiUrl,
    ended: workers === null ? stopped : Promise.race([stopped, workers.done]),
    stop: () => boot.cleanup.run(),
  };
}

/** Whoever runs everything in one process serves every environment; a worker the common queue, unless it is told otherwise. */
function queuesOf({ role, settings }: Boot): string[] {
  const common = toolQueue(settings.temporal.taskQueue);
  return role === 'up' ? [...new Set([common, ...ownQueues(settings.published.environments)])] : [common];
}

/** Traces, when an endpoint is set. The plugin belongs to the client, and workers take it from there. */
async function startTraces({ role, settings, cleanup }: Boot) {
  if (settings.otlpEndpoint === null) return [];
  const tracing = await startTracing({
    endpoint: settings.otlpEndpoint,
    serviceName: `plumbline-${role}`,
    version: packageVersion(),
  });
  cleanup.add('tracing', () => tracing.shutdown());
  return [await createTracingPlugin(tracing)];
}

/** One reload at a time, in the order of the signals; none is cut off when the process ends. */
function reloadOnSignal(signals: Signals, boot: Boot, reload: () => Promise<void>): void {
  let last = Promise.resolve();
  signals.onReload(() => {
    last = last.then(reload);
  });
  boot.cleanup.add('reload', () => last);
}

/** A faulty file changes nothing: its faults are told, and the settings of before stay in force. */
async function reload(boot: Boot, io: Io, server: ServerSide | null): Promise<void> {
  try {
    if (server) await server.reload();
    else await reloadSettings(boot, io);
  } catch (error) {
    const faults = error instanceof ConfigError ? printFaults(error) : undefined;
    boot.log.error(
      { err: faults ? undefined : error, faults, code: errorCode(error) },
      'The config was not loaded again',
    );
  }
}
