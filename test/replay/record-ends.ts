import type { StartWorkersOptions } from '../../src/workers/worker.ts';
import { aFakeDriver, type FakePlan } from '../support/fake-driver.ts';
import type { TestTemporal } from '../support/temporal.ts';
import { aRepo, publishedSettings, startTestWorkers } from '../support/workers.ts';
import { hang } from '../support/hang.ts';
import { save } from './recorder.ts';

/** What a scan is of and runs under; all of it has a usual value. */
interface Ending {
  plan?: FakePlan;
  input?: Record<string, unknown>;
  taskMaxAgeMs?: number;
  overrides?: Partial<StartWorkersOptions>;
}

/** Scans of one stack alone, of a stack that takes too long, and where nobody polls the queue of the tools. */
export async function recordScanEnds(on: TestTemporal): Promise<void> {
  await recordScan(on, 'single-stack', { input: { stack: 'two', actor: 'alice@example.com' } });
  const plan: FakePlan = (context) => (context.stack.key === 'two' ? hang(context) : undefined);
  await recordScan(on, 'too-old', { plan, taskMaxAgeMs: 4_000 });
  await recordScan(on, 'no-worker', { overrides: { noWorkerAfterMs: 2_000, toolQueues: [] } });
}

async function recordScan(
  on: TestTemporal,
  name: string,
  { plan, input, taskMaxAgeMs = 21_600_000, overrides = {} }: Ending,
): Promise<void> {
  const settings = publishedSettings([aRepo({ name })], { worker: { taskMaxAgeMs } });
  const drivers = [aFakeDriver(['one', 'two'], plan)];
  const test = await startTestWorkers(on, { drivers, settings, overrides });
  try {
    const scan = await test.scan(name, input);
    await scan.result().catch(() => undefined);
    await save(on, `scan-${name}`, `repo/${name}`, scan.firstExecutionRunId);
  } finally {
    await test.stop();
  }
}
