// 2,000 stacks planned and applied by one sync with a driver that does nothing, on a real Temporal server:
// node bench/two-thousand-applies.ts [COUNT]. Each must be applied once.
import { anEnvironment } from '../test/support/environments.ts';
import { aDriftedChange, aFakeDriver } from '../test/support/fake-driver.ts';
import { aRepo, publishedSettings } from '../test/support/workers.ts';
import { runLargeTask } from './support/large-task.ts';

const count = Number(process.argv[2] ?? 2_000);
const repo = aRepo({ name: 'two-thousand' });
const paths = Array.from({ length: count }, (_, index) => `envs/dev/${String(index).padStart(5, '0')}`);
const driver = aFakeDriver(paths, () => ({ changes: [aDriftedChange()] }));
const environments = [anEnvironment('development', { approvals: { required: 0 } })];
const kept = await runLargeTask({
  count,
  driver,
  settings: publishedSettings([repo], { environments, worker: { concurrency: 50 } }),
  start: (test) => test.sync(repo.name),
  done: () => [...driver.applied.values()].filter((times) => times === 1).length,
  what: 'applied once',
});
if (!kept) process.exitCode = 1;
