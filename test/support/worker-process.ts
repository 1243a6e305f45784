// A worker in a process of its own, for tests that kill it: node worker-process.ts ADDRESS DATA_DIR TASK_QUEUE hang|work [many].
// With `many` its stacks are planned side by side, and one of them kills each process that begins to plan it.
// Its fake driver runs a real program for each stack and writes down each start.
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openStore } from '../../src/store/open.ts';
import { baseEnv } from '../../src/util/exec-env.ts';
import { exec } from '../../src/util/exec.ts';
import { createMetrics } from '../../src/util/metrics.ts';
import { createRedactor } from '../../src/util/redact.ts';
import { connectTemporal } from '../../src/workers/connect.ts';
import { installRuntime } from '../../src/workers/runtime.ts';
import { startWorkers } from '../../src/workers/worker.ts';
import { aFakeDriver, type FakePlan } from './fake-driver.ts';
import { aManyDriver } from './many-driver.ts';
import { testLog } from './temporal.ts';
import { fakeCheckouts, memoryArtifacts } from './workers.ts';
import { testWorkflowBundle } from './workflow-bundle.ts';

/** Stacks of the scan that is interrupted. */
const STACKS = Array.from({ length: 40 }, (_, index) => `s${String(index).padStart(2, '0')}`);
/** Those whose program doesn't end in the process that is told so. */
const HANGING = new Set(['s12', 's25']);

/** The one that no process survives. */
const DEADLY = 's12';

const [address, dataDir, taskQueue, tools, many] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
  string?,
];
const env = baseEnv(process.env);
const log = testLog();
const store = await openStore({ url: null, dataDir });
const plan: FakePlan = async ({ stack, signal, graceMs, onProcess, dataDir: cwd }) => {
  await appendFile(join(dataDir, 'starts.txt'), `${stack.key}\n`);
  if (many !== undefined && stack.key === DEADLY) process.kill(process.pid, 'SIGKILL');
  const seconds = tools === 'hang' && HANGING.has(stack.key) ? '600' : '0.05';
  await exec('sleep', [seconds], { cwd, env, signal, graceMs, onProcess });
  return undefined;
};
const driver = many === undefined ? aFakeDriver(STACKS, plan) : aManyDriver(STACKS, plan);

await installRuntime(log);
const temporal = await connectTemporal({ address, namespace: 'default', tls: null, apiKey: null });
const workers = await startWorkers({
  temporal,
  taskQueue,
  store,
  artifacts: memoryArtifacts(),
  digestKey: new Uint8Array(32),
  drivers: [driver],
  workbench: () => ({
    git: fakeCheckouts(dataDir),
    tools: () => Promise.reject(new Error('no tools here')),
  }),
  secrets: { urlCredentials: {}, env: () => undefined },
  toolEnv: {},
  redactor: createRedactor(),
  log,
  metrics: createMetrics(),
  dataDir,
  cacheDir: join(dataDir, 'cache'),
  concurrency: 4,
  bundle: await testWorkflowBundle(),
  shutdownGraceMs: 1_000,
  toolGraceMs: 500,
});
process.once('SIGTERM', () => void workers.shutdown());
await workers.done;
await temporal.close();
await store.close();
