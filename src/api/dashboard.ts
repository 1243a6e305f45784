import { createHash } from 'node:crypto';
import type { StackState } from '../domain/task.ts';
import { type ApiDeps, timingOf } from './deps.ts';
import { repoJson } from './json/repo-json.ts';
import { stackJson } from './json/stack-json.ts';
import type { RepoJson } from './schemas/repo.ts';
import { newestSeenTasks, seenTasks } from './seen-tasks.ts';
import { sharedLoad } from './shared-load.ts';
import type { Sight } from './sight.ts';

/** The last task that somebody may see is looked for among so many at a time. */
const LAST_AMONG = 5;

/** An answer that is written once and sent to everybody who asks. */
export interface ReadyAnswer {
  body: Buffer;
  etag: string;
}

/** The dashboard's data, read from the store at most every `dashboardMs`, whatever the number of viewers. */
export interface Dashboard {
  /** What somebody may see; who sees all of it shares one answer. */
  stacks(sight: Sight): Promise<ReadyAnswer>;
  repos(sight: Sight): Promise<ReadyAnswer>;
  /** What this process has just changed must be seen by the next reader. */
  invalidate(): void;
}

/** Makes the shared dashboard data of one app. */
export function createDashboard(deps: ApiDeps): Dashboard {
  const maxAgeMs = timingOf(deps).dashboardMs;
  const now = (): number => deps.clock.now().getTime();
  const seesAll = (sight: Sight): boolean =>
    deps.settings().published.repos.every(({ name }) => sight.whole(name));
  const jsonOf = (stack: StackState) => stackJson(stack, deps.clock.now());
  const states = sharedLoad(() => configuredStacks(deps), maxAgeMs, now);
  const stacks = sharedLoad(async () => answer({ stacks: (await states.get()).map(jsonOf) }), maxAgeMs, now);
  const repos = sharedLoad(
    async () => answer({ repos: await readRepos(deps, await states.get()) }),
    maxAgeMs,
    now,
  );
  return {
    stacks: async (sight) => {
      if (seesAll(sight)) return stacks.get();
      return answer({ stacks: (await states.get()).filter(sight.stack).map(jsonOf) });
    },
    repos: async (sight) => {
      if (seesAll(sight)) return repos.get();
      return answer({ repos: await readSeenRepos(deps, sight, await states.get()) });
    },
    invalidate: () => {
      states.forget();
      stacks.forget();
      repos.forget();
    },
  };
}

/** Stacks of repos that were taken out of the config stay in the store, but not on the dashboard. */
async function configuredStacks(deps: ApiDeps): Promise<StackState[]> {
  const repos = new Set(deps.settings().published.repos.map(({ name }) => name));
  return (await deps.store.stacks.list()).filter((stack) => repos.has(stack.repo));
}

async function readRepos(deps: ApiDeps, states: readonly StackState[]): Promise<RepoJson[]> {
  const stacks = Map.groupBy(states, (stack) => stack.repo);
  const [latest, running, polls] = await Promise.all([
    deps.store.tasks.latestByRepo(),
    deps.store.tasks.running(),
    pollsByRepo(deps),
  ]);
  const lastTasks = new Map(latest.map((task) => [task.repo, task]));
  const activeTasks = new Map(running.map((task) => [task.repo, task]));
  const now = deps.clock.now();
  return deps.settings().published.repos.map((repo) =>
    repoJson(
      repo,
      {
        stacks: stacks.get(repo.name) ?? [],
        lastTask: lastTasks.get(repo.name),
        activeTask: activeTasks.get(repo.name),
        poll: polls.get(repo.name),
      },
      now,
    ),
  );
}

async function readSeenRepos(
  deps: ApiDeps,
  sight: Sight,
  states: readonly StackState[],
): Promise<RepoJson[]> {
  const seen = deps.settings().published.repos.filter(({ name }) => sight.any(name));
  const running = await seenTasks(deps, sight, await deps.store.tasks.running());
  const polls = await pollsByRepo(deps);
  const now = deps.clock.now();
  return Promise.all(
    seen.map(async (repo) => {
      const stacks = states.filter((stack) => stack.repo === repo.name && sight.stack(stack));
      const [lastTask] = await newestSeenTasks(deps, sight, { repo: repo.name, limit: LAST_AMONG });
      const activeTask = running.findLast((task) => task.repo === repo.name);
      return repoJson(repo, { stacks, lastTask, activeTask, poll: polls.get(repo.name) }, now);
    }),
  );
}

async function pollsByRepo({ store }: ApiDeps) {
  return new Map((await store.polls.list()).map((poll) => [poll.repo, poll]));
}

function answer(value: unknown): ReadyAnswer {
  const body = Buffer.from(JSON.stringify(value));
  return { body, etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"` };
}
