import { type DeclaredNeeds, withDeclaredNeeds } from '../domain/order/declared-needs.ts';
import { needsElsewhere, type NeedElsewhere } from '../domain/order/needs-elsewhere.ts';
import { drawsStack } from '../domain/drawn-stacks.ts';
import { environmentNamed } from '../domain/environments.ts';
import type { RepoSettings } from '../domain/settings.ts';
import type { Stack } from '../domain/stack.ts';
import { jobId, parseTaskId } from '../domain/ids.ts';
import type { DiscoverySource } from '../drivers/driver.ts';
import { findStacks, UNKNOWN_KIND } from '../drivers/find-stacks.ts';
import { PlumblineError } from '../util/errors.ts';
import type { ActivityDeps } from './deps.ts';
import { driverOptions } from './driver-options.ts';
import { isAside, keepOnly } from './forget-stacks.ts';
import { type PinnedConfig, repoOf } from './pinned-config.ts';
import { recordedCommits } from './recorded-commit.ts';
import { removedStacks } from './removed-stacks.ts';
import { resolveEnv } from './scan-env.ts';
import { releaseMerged } from './rollback/release-merged.ts';
import { policyFor } from './stack-facts.ts';
import { taskActivity, type ToolShared, type ToolWork } from './tool-activity.ts';
import type { DiscoverInput, Discovered, ToolActivities } from './types.ts';

/** Stacks that a warning names. */
const MOST_NAMED = 5;
const NONE_SYNCED: ReadonlyMap<string, string> = new Map();

/** The activity that finds a task's stacks and writes its jobs. */
export function createDiscoverStacks(
  deps: ActivityDeps,
  shared: ToolShared,
): ToolActivities['discoverStacks'] {
  return (input) => taskActivity(deps, shared, input, (work) => discoverTask(deps, input, work));
}

async function discoverTask(deps: ActivityDeps, input: DiscoverInput, work: ToolWork): Promise<Discovered> {
  const { store } = deps;
  const task = await store.tasks.get(input.task_id);
  // An earlier attempt wrote the jobs: they stay as they are, also when the branch has moved meanwhile.
  if (task?.discoveredAt) return { commit: task.commit, total: task.counts.total };
  const { config, signal, progress } = work;
  const repo = repoOf(config.settings, input.repo);
  const call = { signal, onProgress: (message: string) => progress.step(message) };
  const wanted = {
    ...(input.commit === null ? {} : { commit: input.commit, recorded: recordedCommits(deps, input.repo) }),
    ...(repo.branch === null ? {} : { branch: repo.branch }),
  };
  const { commit } = await config.git.resolve(repo, wanted, call);
  if (input.commit === null) await releaseMerged(deps, config, { repo, head: commit }, call);
  const tree = await config.git.checkout(repo, commit, call);
  try {
    const at = { commit, workTree: tree.path };
    const { stacks: there, all, unknown, elsewhere } = await stacksAt(deps, repo, at, work);
    const source = sourceAt(deps, repo, at, work);
    const looked = { source, found: all, isNamed: input.commit !== null };
    const found = [...there, ...(await removedStacks(deps, repo, looked, work))];
    if (unknown.length > 0) progress.warning(unknownNames(unknown, repo, commit));
    for (const need of elsewhere) progress.warning(neededElsewhere(need, repo));
    const chosen = chooseStacks(found, input, { config, commit });
    if (input.stacks && chosen.length < new Set(input.stacks).size)
      progress.warning(
        `Some of the stacks that were asked for are not of ${askedOf(input).join(', ')}: they are left out.`,
      );
    const startedAtMs = parseTaskId(input.task_id)?.startedAtMs ?? Date.parse(task?.startedAt ?? '');
    const synced = input.as_synced === true ? await syncedCommits(deps, input.repo) : NONE_SYNCED;
    const jobs = chosen.map((stack) => ({
      id: jobId(input.repo, stack.key, startedAtMs),
      stack,
      queue: policyFor(config.settings, { job: { repo: input.repo }, stack }).policy.queue ?? deps.toolQueue,
      commit: synced.get(stack.key) ?? commit,
    }));
    // Only the newest commit says which stacks there are: one that somebody named may be an earlier one, or of any branch.
    if (chosen === found && input.commit === null)
      await keepOnly(deps, { repo: input.repo, settings: config.settings }, chosen);
    else await store.stacks.discovered(input.repo, chosen, { complete: false });
    const aside = input.commit !== null && (await isAside(deps, input.repo, commit));
    await store.tasks.discovered(input.task_id, commit, jobs, deps.now().toISOString(), { aside });
    if (jobs.length === 0) progress.warning('No stack was found in this commit.');
    return { commit, total: jobs.length };
  } finally {
    await tree.release();
  }
}

/** By stack, what was applied and verified last. */
async function syncedCommits({ store }: ActivityDeps, repo: string): Promise<Map<string, string>> {
  return new Map((await store.syncs.list(repo)).map(({ stackKey, commit }) => [stackKey, commit]));
}

/** The environments that were asked for, as they were called; none: all stacks. */
function askedOf({ environment, environments = [] }: DiscoverInput): string[] {
  return environment ? [environment] : environments;
}

/** The stacks that were asked for, of the environments where some were named; `found` itself when all of them were. */
function chooseStacks(
  found: Stack[],
  input: DiscoverInput,
  { config, commit }: { config: PinnedConfig; commit: string },
): Stack[] {
  const { stack, stacks, repo } = input;
  if (stack !== null) return [oneStack(found, stack, repo, commit)];
  const named = stacks?.length ? stacks.map((wanted) => oneStack(found, wanted, repo, commit)) : found;
  const asked = askedOf(input);
  if (asked.length === 0) return named;
  const names = asked.map((word) => environmentNamed(config.settings.environments, word));
  const chosen = named.filter((each) => {
    const { environment } = policyFor(config.settings, { job: { repo }, stack: each });
    return environment !== null && names.includes(environment);
  });
  if (chosen.length > 0 || named === found) return chosen;
  throw new PlumblineError(
    'stack_not_found',
    `None of the stacks that were asked for (${named.map(({ key }) => key).join(', ')}) is of environment ${names.join(' or ')} of ${repo}.`,
  );
}

/** A name that is not there fails no task: what needs it is blocked when it is decided on, and all else goes on. */
function unknownNames(unknown: readonly string[], repo: RepoSettings, commit: string): string {
  const names = unknown.map((name) => `"${name}"`).join(', ');
  return `depends_on of ${repo.name} names ${names}, which it does not have as a stack at commit ${commit.slice(0, 12)}. Correct it under "repos:" of config.yaml; "plumbline status ${repo.name}" lists the stacks.`;
}

/** Nor does a stack that another branch of the entry has: nobody waits for it, so whoever applies is told to. */
function neededElsewhere({ key, repos, neededBy }: NeedElsewhere, { name }: RepoSettings): string {
  const named = neededBy.slice(0, MOST_NAMED).join(', ');
  const more = neededBy.length > MOST_NAMED ? ` and ${neededBy.length - MOST_NAMED} more` : '';
  const whose = repos.length === 0 ? 'no repo of the config' : repos.join(' and ');
  const advice = repos.length === 0 ? '' : `: apply ${whose} first`;
  return `${named}${more} of ${name} should come after ${key}, which is not a stack of ${name}, but of ${whose}. Nothing of ${name} waits for it${advice}.`;
}

/** The stacks that a repo draws from a commit's work tree, with what the config's `depends_on` adds to their order. */
export async function stacksAt(
  deps: ActivityDeps,
  repo: RepoSettings,
  at: { commit: string; workTree: string },
  work: ToolWork,
): Promise<DeclaredNeeds<Stack> & { all: Stack[]; elsewhere: NeedElsewhere[] }> {
  const { config, progress } = work;
  const { stacks, warnings } = await findStacks(
    deps.drivers,
    sourceAt(deps, repo, at, work),
    (driver) => driverOptions(driver, config),
    (kind) => progress.step(`Looking for ${kind} stacks`),
  );
  for (const warning of warnings) progress.warning(warning);
  const { stacks: ordered, unknown } = withDeclaredNeeds(stacks, repo.dependsOn ?? {});
  const drawn = ordered.filter(({ path }) => drawsStack(config.settings, { repo: repo.name, path }));
  const elsewhere = needsElsewhere(config.settings, repo.name, ordered);
  return { stacks: drawn, all: ordered, unknown, elsewhere };
}

/** What drivers look at. */
function sourceAt(
  deps: ActivityDeps,
  repo: RepoSettings,
  at: { commit: string; workTree: string },
  { config, signal }: ToolWork,
): Omit<DiscoverySource, 'options'> {
  return {
    ...at,
    repo: repo.name,
    origin: { url: repo.url, branch: repo.branch },
    ...(repo.stacks === null ? {} : { listed: repo.stacks }),
    include: repo.discovery.include,
    exclude: repo.discovery.exclude,
    tools: config.tools,
    baseEnv: deps.toolEnv,
    env: () => resolveEnv(config.settings.scan.env, deps.secrets, deps.redactor),
    log: deps.log,
    signal,
  };
}

function oneStack(found: readonly Stack[], wanted: string, repo: string, commit: string): Stack {
  const stack = found.find(({ key }) => key === wanted) ?? found.find(({ path }) => path === wanted);
  if (stack && stack.kind !== UNKNOWN_KIND) return stack;
  throw new PlumblineError(
    'stack_not_found',
    `${repo} has no stack "${wanted}" at commit ${commit.slice(0, 12)}. See "plumbline status ${repo}" for those it has.`,
  );
}
