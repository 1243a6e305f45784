// 10,000 stacks through a driver that does nothing, on a real Temporal server: node bench/ten-thousand-stacks.ts [COUNT]
// What it measures is Plumbline's own cost: workflows, activities and the store.
import { fileURLToPath } from 'node:url';
import { aFakeDriver } from '../test/support/fake-driver.ts';
import { loadWorkflowBundle } from '../src/workers/bundle.ts';
import { startTestTemporal } from '../test/support/temporal.ts';
import { aRepo, publishedSettings, startTestWorkers } from '../test/support/workers.ts';

const count = Number(process.argv[2] ?? 10_000);
const MAX_EVENTS = 10_000;
const MAX_RSS_BYTES = 1024 ** 3;
const WATCH_MS = 10_000;

const repo = aRepo({ name: 'ten-thousand' });
const paths = Array.from({ length: count }, (_, index) => `stacks/${String(index).padStart(5, '0')}`);
const driver = aFakeDriver(paths);
const settings = publishedSettings([repo], { worker: { concurrency: 50 } });
const temporal = await startTestTemporal();
// The bundle that the build made, as in a real worker: bundling here would count as the worker's memory.
const bundle = await loadWorkflowBundle(
  fileURLToPath(new URL('../dist/workflow-bundle.js', import.meta.url)),
);
const test = await startTestWorkers(temporal, { drivers: [driver], settings, overrides: { bundle } });
const peak = { rss: 0 };
const started = performance.now();
const meter = setInterval(() => (peak.rss = Math.max(peak.rss, process.memoryUsage.rss())), 100);
const reporter = setInterval(() => {
  process.stderr.write(
    `${driver.started.size} of ${count} after ${Math.round((performance.now() - started) / 1000)} s\n`,
  );
}, WATCH_MS);
try {
  const handle = await test.scan(repo.name);
  const runs = [(await handle.describe()).runId];
  const result = (await handle.result()) as { completed: number };
  const seconds = (performance.now() - started) / 1000;
  const longest = await longestHistory(runs);
  report(result.completed, seconds, longest);
} finally {
  clearInterval(meter);
  clearInterval(reporter);
  await test.stop();
  await temporal.stop();
}

/** Follows the runs that continued as new, and answers the length of the longest. */
async function longestHistory(runs: string[]): Promise<{ events: number; runs: number }> {
  let longest = 0;
  for (let index = 0; index < runs.length; index += 1) {
    const handle = temporal.client.workflow.getHandle(`repo/${repo.name}`, runs[index]);
    const history = await handle.fetchHistory();
    longest = Math.max(longest, history.events?.length ?? 0);
    const next = history.events?.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId;
    if (next) runs.push(next);
  }
  return { events: longest, runs: runs.length };
}

function report(completed: number, seconds: number, longest: { events: number; runs: number }): void {
  console.log(`stacks planned: ${completed} of ${count} in ${seconds.toFixed(1)} s`);
  console.log(`stacks per second: ${(completed / seconds).toFixed(1)}`);
  console.log(
    `worker's peak memory: ${Math.round(peak.rss / 1024 ** 2)} MiB (limit ${MAX_RSS_BYTES / 1024 ** 2} MiB)`,
  );
  console.log(
    `longest workflow history: ${longest.events} events in ${longest.runs} runs (limit ${MAX_EVENTS})`,
  );
  const kept = completed === count && peak.rss < MAX_RSS_BYTES && longest.events <= MAX_EVENTS;
  if (!kept) process.exitCode = 1;
}
