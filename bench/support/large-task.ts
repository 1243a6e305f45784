import { fileURLToPath } from 'node:url';
import type { PublishedSettings } from '../../src/domain/settings.ts';
import { loadWorkflowBundle } from '../../src/workers/bundle.ts';
import type { FakeDriver } from '../../test/support/fake-driver.ts';
import { startTestTemporal, type TestTemporal } from '../../test/support/temporal.ts';
import { startTestWorkers, type TestWorkers } from '../../test/support/workers.ts';

const MAX_EVENTS = 10_000;
const MAX_RSS_BYTES = 1024 ** 3;
const WATCH_MS = 10_000;

/** A task over many stacks that costs nothing but what Plumbline itself needs: workflows, activities and the store. */
export interface LargeTask {
  count: number;
  settings: PublishedSettings;
  driver: FakeDriver;
  start(test: TestWorkers): ReturnType<TestWorkers['scan']>;
  /** How many stacks are done. */
  done(): number;
  /** What was done to them, for the figures: `planned`. */
  what: string;
}

/**
 * Runs the task on a real Temporal server and prints its figures.
 * @returns whether all stacks were done and no job failed, in less than 1 GiB and with no workflow history above 10,000 events
 */
export async function runLargeTask(task: LargeTask): Promise<boolean> {
  const temporal = await startTestTemporal();
  // The bundle that the build made, as in a real worker: bundling here would count as the worker's memory.
  const bundle = await loadWorkflowBundle(
    fileURLToPath(new URL('../../dist/workflow-bundle.js', import.meta.url)),
  );
  const { driver, settings, count } = task;
  const test = await startTestWorkers(temporal, { drivers: [driver], settings, overrides: { bundle } });
  const peak = { rss: 0 };
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1000;
  const meter = setInterval(() => (peak.rss = Math.max(peak.rss, process.memoryUsage.rss())), 100);
  const reporter = setInterval(() => {
    process.stderr.write(
      `${driver.started.size} planned, ${driver.applied.size} applied after ${Math.round(seconds())} s\n`,
    );
  }, WATCH_MS);
  try {
    const handle = await task.start(test);
    const runs = [(await handle.describe()).runId];
    const { completed } = (await handle.result()) as { completed: number };
    const took = seconds();
    const longest = await longestHistory(temporal, handle.workflowId, runs);
    console.log(`stacks ${task.what}: ${task.done()} of ${count} in ${took.toFixed(1)} s`);
    console.log(`stacks per second: ${(task.done() / took).toFixed(1)}`);
    console.log(`worker's peak memory: ${mebibytes(peak.rss)} MiB (limit ${mebibytes(MAX_RSS_BYTES)} MiB)`);
    console.log(`longest workflow history: ${longest} events in ${runs.length} runs (limit ${MAX_EVENTS})`);
    return completed === count && task.done() === count && peak.rss < MAX_RSS_BYTES && longest <= MAX_EVENTS;
  } finally {
    clearInterval(meter);
    clearInterval(reporter);
    await test.stop();
    await temporal.stop();
  }
}

/** Follows the runs that continued as new, adds them to `runs`, and answers how many events the longest has. */
async function longestHistory(temporal: TestTemporal, workflowId: string, runs: string[]): Promise<number> {
  let longest = 0;
  for (let index = 0; index < runs.length; index += 1) {
    const history = await temporal.client.workflow.getHandle(workflowId, runs[index]).fetchHistory();
    longest = Math.max(longest, history.events?.length ?? 0);
    const next = history.events?.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId;
    if (next) runs.push(next);
  }
  return longest;
}

function mebibytes(bytes: number): number {
  return Math.round(bytes / 1024 ** 2);
}
