import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PublishedSettings } from '../../domain/settings.ts';
import { drivers } from '../../drivers/registry.ts';
import { createGitCache } from '../../git/git-cache.ts';
import { createToolchain } from '../../toolchain/toolchain.ts';
import type { Metrics } from '../../util/metrics.ts';
import { loadWorkflowBundle } from '../../workers/bundle.ts';
import type { TemporalConnection } from '../../workers/connect.ts';
import { startWorkers, type RunningWorkers, type StartWorkersOptions } from '../../workers/worker.ts';
import type { Boot } from './boot.ts';

/** Running plans may finish for so long when the process is asked to end; then their tools are stopped. */
const SHUTDOWN_GRACE_MS = 20_000;

/** Where the build leaves the workflow bundle. */
const BUNDLE = fileURLToPath(new URL('../../workflow-bundle.js', import.meta.url));

/** Starts this process's workers with the real drivers, git cache and toolchain. */
export async function startWorkerSide(
  boot: Boot,
  options: { temporal: TemporalConnection; metrics: Metrics; plugins?: StartWorkersOptions['plugins'] },
): Promise<RunningWorkers> {
  const { settings } = boot;
  const workers = await startWorkers({
    temporal: options.temporal,
    taskQueue: settings.temporal.taskQueue,
    store: boot.store,
    artifacts: boot.artifacts,
    digestKey: boot.dataKey.digestKey,
    drivers,
    workbench: (published) => workbench(boot, published),
    secrets: boot.secrets,
    toolEnv: boot.toolEnv,
    redactor: boot.redactor,
    log: boot.log,
    metrics: options.metrics,
    dataDir: settings.dataDir,
    cacheDir: settings.cacheDir,
    concurrency: settings.published.worker.concurrency,
    bundle: await loadWorkflowBundle(BUNDLE),
    shutdownGraceMs: SHUTDOWN_GRACE_MS,
    toolGraceMs: settings.published.scan.graceMs,
    ...(options.plugins === undefined ? {} : { plugins: options.plugins }),
  });
  boot.cleanup.add('workers', () => workers.shutdown());
  return workers;
}

/** What depends on a version of the published settings. */
function workbench(boot: Boot, published: PublishedSettings): ReturnType<StartWorkersOptions['workbench']> {
  const { settings, redactor, log } = boot;
  const toolchain = createToolchain({
    settings: published.toolchain,
    cacheDir: settings.cacheDir,
    baseEnv: boot.baseEnv,
    redactor,
  });
  const git = createGitCache({
    rootDir: join(settings.dataDir, 'git'),
    secrets: boot.secrets,
    allowLocal: published.gitAllowLocal,
    redactor,
    log,
    baseEnv: boot.baseEnv,
  });
  return { git, tools: toolchain.resolve };
}
