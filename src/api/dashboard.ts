import { createHash } from 'node:crypto';
import type { StackState } from '../domain/task.ts';
import { type ApiDeps, timingOf } from './deps.ts';
import { repoJson } from './json/repo-json.ts';
import { stackJson } from './json/stack-json.ts';
import type { RepoJson } from './schemas/repo.ts';
import { sharedLoad } from './shared-load.ts';

/** An answer that is written once and sent to everybody who asks. */
export interface ReadyAnswer {
  body: Buffer;
  etag: string;
}

/** The dashboard's data, read from the store at most every `dashboardMs`, whatever the number of viewers. */
export interface Dashboard {
  /** Without what belongs to the hidden repos; who sees all of them shares one answer. */
  stacks(hidden?: readonly string[]): Promise<ReadyAnswer>;
  repos(hidden?: readonly string[]): Promise<ReadyAnswer>;
  /** What this process has just changed must be seen by the next reader. */
  invalidate(): void;
}

/** Makes the shared dashboard data of one app. */
export function createDashboard(deps: ApiDeps): Dashboard {
  const maxAgeMs = timingOf(deps).dashboardMs;
  const now = (): number => deps.clock.now().getTime();
  const jsonOf = (stack: StackState) => stackJson(stack, deps.clock.now());
  const states = sharedLoad(() => configuredStacks(deps), maxAgeMs, now);
  const stacks = sharedLoad(async () => answer({ stacks: (await states.get()).map(jsonOf) }), maxAgeMs, now);
  const repos = sharedLoad(
    async () => answer({ repos: await readRepos(deps, await states.get()) }),
    maxAgeMs,
    now,
  );
  return {
    stacks: async (hidden = []) => {
      if (hidden.length === 0) return stacks.get();
      const seen = (await states.get()).filter(({ repo }) => !hidden.includes(repo));
      return answer({ stacks: seen.map(jsonOf) });
    },
    repos: async (hidden = []) => {
      if (hidden.length === 0) return repos.get();
      const all = await readRepos(deps, await states.get());
      return answer({ repos: all.filter(({ name }) => !hidden.includes(name)) });
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
  const [latest, running] = await Promise.all([deps.store.tasks.latestByRepo(), deps.store.tasks.running()]);
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
      },
      now,
    ),
  );
}

function answer(value: unknown): ReadyAnswer {
  const body = Buffer.from(JSON.stringify(value));
  return { body, etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"` };
}
