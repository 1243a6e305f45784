import { openStore } from '../../src/store/open.ts';
import { aNewTask, minute } from './store-builders.ts';

/**
 * A process of its own that uses a store: `store-child.ts MODE LOCATION [JOB]`. It says each thing that the store has
 * acknowledged on a line of stdout.
 */
const [mode = '', location = '{}', job = ''] = process.argv.slice(2);

const modes: Record<string, () => Promise<void>> = {
  async open() {
    const store = await openStore(JSON.parse(location));
    say('opened');
    await store.close();
  },
  /** Writes until it is killed. */
  async write() {
    const store = await openStore(JSON.parse(location));
    for (let index = 0; ; index += 1) {
      const task = await store.tasks.begin(aNewTask({ startedAt: minute(index) }));
      say(task.id);
    }
  },
  /** Counts attempts of one job, in competition with others. */
  async start() {
    const store = await openStore(JSON.parse(location));
    for (let index = 0; index < 50; index += 1)
      say(String(await store.jobs.start(job, 'child', minute(index))));
    await store.close();
  },
};

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

await modes[mode]?.();
