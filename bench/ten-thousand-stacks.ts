// 10,000 stacks through a driver that does nothing, on a real Temporal server: node bench/ten-thousand-stacks.ts [COUNT]
// What it measures is Plumbline's own cost: workflows, activities and the store.
import { aFakeDriver } from '../test/support/fake-driver.ts';
import { aRepo, publishedSettings } from '../test/support/workers.ts';
import { runLargeTask } from './support/large-task.ts';

const count = Number(process.argv[2] ?? 10_000);
const repo = aRepo({ name: 'ten-thousand' });
const driver = aFakeDriver(
  Array.from({ length: count }, (_, index) => `stacks/${String(index).padStart(5, '0')}`),
);
const kept = await runLargeTask({
  count,
  driver,
  settings: publishedSettings([repo], { worker: { concurrency: 50 } }),
  start: (test) => test.scan(repo.name),
  done: () => driver.started.size,
  what: 'planned',
});
if (!kept) process.exitCode = 1;
