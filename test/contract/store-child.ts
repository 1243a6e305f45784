import { openStore } from '../../src/store/open.ts';
import { aNewTask, minute } from './store-builders.ts';
import { anAttempt, anEntry } from './store-control-builders.ts';

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
  /** Appends to the audit log, in competition with others. */
  async audit() {
    const store = await openStore(JSON.parse(location));
    for (let index = 0; index < 25; index += 1)
      say(String((await store.audit.append(anEntry({ reason: `${job} ${index}` }))).seq));
    await store.close();
  },
  /** Begins and ends attempts on one stack, in competition with others. */
  async attempt() {
    const store = await openStore(JSON.parse(location));
    for (let index = 0; index < 25; index += 1) {
      const id = `${job}-${index}`;
      const begun = await store.attempts.begin(anAttempt({ id }), {}).catch(() => undefined);
      if (!begun) continue;
      say(String(begun.fence));
      await store.attempts.end(id, { status: 'applied', summary: '', error: null }, minute(9));
    }
    await store.close();
  },
};

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

await modes[mode]?.();
