import { fileURLToPath } from 'node:url';
import { drivers } from '../../drivers/registry.ts';
import { loadVerifyKey } from '../../store/signing-key.ts';
import { errorCode } from '../../util/errors.ts';
import type { Metrics } from '../../util/metrics.ts';
import { loadWorkflowBundle } from '../../workers/bundle.ts';
import type { TemporalConnection } from '../../workers/connect.ts';
import { createWorkbenches } from '../../workers/workbench.ts';
import { startWorkers, type RunningWorkers, type StartWorkersOptions } from '../../workers/worker.ts';
import type { Boot } from './boot.ts';

/** Running plans may finish for so long when the process is asked to end; then their tools are stopped. */
const SHUTDOWN_GRACE_MS = 20_000;

/** Where the build leaves the workflow bundle. */
const BUNDLE = fileURLToPath(new URL('../../workflow-bundle.js', import.meta.url));

/** Starts this process's workers with the real drivers, git cache and toolchain. */
export async function startWorkerSide(
  boot: Boot,
  options: {
    temporal: TemporalConnection;
    metrics: Metrics;
    plugins?: StartWorkersOptions['plugins'];
    toolQueues: readonly string[];
  },
): Promise<RunningWorkers> {
  const { settings } = boot;
  const { workbench, sweep } = createWorkbenches({
    dataDir: settings.dataDir,
    cacheDir: settings.cacheDir,
    secrets: boot.secrets,
    redactor: boot.redactor,
    log: boot.log,
    baseEnv: boot.baseEnv,
  });
  const workers = await startWorkers({
    temporal: options.temporal,
    taskQueue: settings.temporal.taskQueue,
    store: boot.store,
    artifacts: boot.artifacts,
    digestKey: boot.dataKey.digestKey,
    drivers,
    workbench,
    sweep,
    secrets: boot.secrets,
    toolEnv: boot.toolEnv,
    redactor: boot.redactor,
    log: boot.log,
    metrics: options.metrics,
    dataDir: settings.dataDir,
    cacheDir: settings.cacheDir,
    verifySigned: await verifierOf(boot),
    concurrency: settings.published.worker.concurrency,
    toolQueues: options.toolQueues,
    bundle: await loadWorkflowBundle(BUNDLE, { traced: (options.plugins ?? []).length > 0 }),
    shutdownGraceMs: SHUTDOWN_GRACE_MS,
    toolGraceMs: settings.published.scan.graceMs,
    ...(options.plugins === undefined ? {} : { plugins: options.plugins }),
  });
  boot.cleanup.add('workers', () => workers.shutdown());
  return workers;
}

/** Who checks decisions: the key of this process, or the public one beside the data. */
async function verifierOf(boot: Boot): Promise<StartWorkersOptions['verifySigned']> {
  const own = boot.signingKey;
  if (own) return (text, signature) => own.verify(text, signature);
  try {
    const key = await loadVerifyKey({ dataDir: boot.settings.dataDir });
    return (text, signature) => key.verify(text, signature);
  } catch (error) {
    if (errorCode(error) !== 'verify_key_missing') throw error;
    boot.log.warn(
      { err: error },
      'This worker can check no signature, and applies nothing that people must approve',
    );
    return null;
  }
}
