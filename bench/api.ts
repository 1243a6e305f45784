/**
 * What a browser asks for the dashboard of 2,000 stacks in 20 repos, 16 clients at once: the list of repos and the list
 * of stacks. The store is the embedded one and keeps changing, as it does while a scan runs. Target: median below 50 ms.
 */
import autocannon from 'autocannon';
import { DEFAULT_TIMING } from '../src/api/deps.ts';
import { apiFixture, type ApiFixture } from '../test/support/api-app.ts';
import { aPlan, aStack, finishTask, storePlan, storeTask } from '../test/support/api-data.ts';
import { aRepo } from '../test/support/api-settings.ts';

const REPOS = 20;
const STACKS_PER_REPO = 100;
const CLIENTS = 16;
const SECONDS = 5;
const TARGET_MS = 50;

const repos = Array.from({ length: REPOS }, (_, index) =>
  aRepo({ name: `repo-${index}`, schedule: '0 */6 * * *' }),
);
const stacks = Array.from({ length: STACKS_PER_REPO }, (_, index) => aStack(`envs/prod/service-${index}`));

const api = await apiFixture({ repos, deps: { timing: { dashboardMs: DEFAULT_TIMING.dashboardMs } } });
try {
  await fill(api);
  const origin = await api.app.listen({ host: '127.0.0.1', port: 0 });
  console.log(`${REPOS * STACKS_PER_REPO} stacks in ${REPOS} repos, ${CLIENTS} clients, ${SECONDS} s each`);
  const writer = keepChanging(api);
  await measure('GET /api/repos', `${origin}/api/repos`);
  await measure('GET /api/stacks', `${origin}/api/stacks`);
  await writer.stop();
} finally {
  await api.close();
}

async function fill({ store }: ApiFixture): Promise<void> {
  for (const { name } of repos) {
    const task = await storeTask(store, name, stacks);
    for (const [index, job] of task.jobs.entries()) {
      const clean = aPlan({ status: 'in_sync', changes: [], drift: 0, severity: null });
      await storePlan(store, job, index % 4 === 0 ? aPlan() : clean);
    }
    await finishTask(store, task.id);
  }
}

/** A scan that goes on meanwhile: one result every 20 ms. */
function keepChanging({ store }: ApiFixture): { stop: () => Promise<void> } {
  const stopped = new AbortController();
  const on = (): boolean => !stopped.signal.aborted;
  const scanning = (async () => {
    let round = 0;
    while (on()) {
      const task = await storeTask(store, 'repo-0', stacks, { startedAtMs: Date.now() + (round += 1) });
      for (const job of task.jobs) {
        if (!on()) break;
        await storePlan(store, job);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      await finishTask(store, task.id);
    }
  })();
  return {
    stop: async () => {
      stopped.abort();
      await scanning;
    },
  };
}

async function measure(title: string, url: string): Promise<void> {
  const result = await autocannon({ url, connections: CLIENTS, duration: SECONDS });
  const { p50, p97_5: p97, max } = result.latency;
  const sizeKib = Math.round(result.throughput.total / Math.max(1, result['2xx']) / 1024);
  const verdict = p50 < TARGET_MS ? 'within' : 'ABOVE';
  console.log(
    `${title}: median ${p50} ms (${verdict} ${TARGET_MS} ms), 97.5 % ${p97} ms, worst ${max} ms, ` +
      `${Math.round(result.requests.average)} answers/s of ${sizeKib} KiB, ${result.non2xx + result.errors} failed`,
  );
}
