import { type DriftAlert, driftAlerts } from '../domain/reports/drift-alerts.ts';
import type { Attempt } from '../domain/attempt.ts';
import { emergencyPeriod } from '../domain/reports/emergencies.ts';
import { environmentName } from '../domain/environment.ts';
import { findEnvironment } from '../domain/environments.ts';
import {
  driftReport,
  type DriftReport,
  type ReportedStack,
  type ReportPlan,
} from '../domain/reports/report.ts';
import { type EnvironmentReport, reportsByEnvironment } from '../domain/reports/environment.ts';
import type { Job, StackState, Task } from '../domain/task.ts';
import type { Store } from '../store/store.ts';
import type { ApiDeps } from './deps.ts';
import { environmentNameOf, environmentsInForce } from './environments.ts';
import { RequestError } from './problem.ts';
import type { Sight } from './sight.ts';

const PAGE = 1_000;
/** Plans that are read at once. */
const AT_ONCE = 50;
/** How stacks are asked for that belong to no environment. */
const NO_ENVIRONMENT = '_none';

type ReportDeps = Pick<ApiDeps, 'store' | 'settings'>;

/**
 * The report of one task: of a running one, what is known so far. It holds what a person may see; what became of the repo's
 * ignore rules is for who sees all of it.
 */
export async function reportOfTask(
  deps: ReportDeps,
  task: Task,
  sight: Sight,
  now: Date,
): Promise<DriftReport> {
  const { store } = deps;
  const ended = task.endedAt === null ? now : new Date(task.endedAt);
  const [all, verdicts, found, config, emergencies] = await Promise.all([
    allJobs(store, task.id),
    store.verdicts.listByTask(task.id),
    store.plans.listByTask(task.id),
    store.configs.get(task.configVersion),
    store.attempts.emergencies({ repo: task.repo, ...emergencyPeriod(ended) }),
  ]);
  const jobs = all.filter(sight.stack);
  const own = new Set(jobs.map(({ id }) => id));
  const plans = found.filter(({ jobId }) => own.has(jobId));
  const pending = new Map(jobs.map((job) => [job.stackKey, job.pending]));
  return driftReport(
    task,
    plans.map((plan) => ({ ...plan, ...known('pending', pending.get(plan.stackKey)) })),
    jobs.map((job) => ({
      ...reportedJob(job),
      ...known('unstable', verdicts[job.id]?.unstable),
      environment: environmentNameOf(deps, job),
    })),
    {
      ignore: config && sight.whole(task.repo) ? { rules: config.ignore, now } : undefined,
      emergencies,
    },
  );
}

/** The stacks of one environment, whatever repo and kind, by their last results. */
export interface EnvironmentView {
  report: EnvironmentReport & { alerts: DriftAlert[] };
  /** The same as one report, with the repo's name before each stack's key: for formats that know one repo only. */
  flat: DriftReport;
}

/** A stack, and the environment that it belongs to by the settings in force. */
export interface PlacedStack extends StackState {
  environment: string | null;
}

/**
 * Consolidates an environment over all repos; it is asked for by its name or an alias.
 * @param options.maySee whether a stack may stand in the report
 * @param options.onHidden called with an environment of which nothing may, and with what its asker is told
 * @throws RequestError 404 `environment_not_found`, naming those that there are
 */
export async function reportOfEnvironment(
  deps: ReportDeps,
  asked: string,
  options: {
    maySee: (stack: PlacedStack) => boolean;
    onHidden: (environment: string | null, absent: RequestError) => Promise<void>;
    now: Date;
  },
): Promise<EnvironmentView> {
  const { store } = deps;
  const name = asked === NO_ENVIRONMENT ? null : nameMeant(deps, asked);
  const placed = (await store.stacks.list()).map((stack) => ({
    ...stack,
    environment: environmentNameOf(deps, stack),
  }));
  const all = placed.filter(options.maySee);
  const stacks = all.filter(({ environment }) => environment === name);
  if (stacks.length === 0) {
    const absent = noEnvironment(asked, all);
    if (placed.some(({ environment }) => environment === name)) await options.onHidden(name, absent);
    throw absent;
  }
  const [plans, emergencies] = await Promise.all([
    plansOf(store, stacks),
    store.attempts.emergencies(emergencyPeriod(options.now)),
  ]);
  const at = options.now.toISOString();
  const reports = [...Map.groupBy(stacks, (stack) => stack.repo)].map(([repo, own]) =>
    driftReport(snapshot(repo, at), plans.get(repo) ?? [], own, {
      emergencies: emergencies.filter((attempt) => attempt.repo === repo),
    }),
  );
  const report = reportsByEnvironment(reports).find(({ environment }) => environment === name);
  if (!report) throw noEnvironment(asked, all);
  const alerts = driftAlerts(deps.settings().published.driftMonitoring, {
    ...report,
    driftedSince: stacks.map(({ driftedSince }) => driftedSince),
    now: options.now,
  });
  return {
    report: { ...report, alerts },
    flat: flatten(name ?? NO_ENVIRONMENT, stacks, { plans, emergencies, at }),
  };
}

/** Other conventional environments than the listed ones are there as soon as a stack belongs to them. */
function nameMeant(deps: ReportDeps, asked: string): string {
  const listed = findEnvironment(environmentsInForce(deps.settings().published), asked);
  return listed?.name ?? environmentName(asked);
}

function noEnvironment(asked: string, stacks: readonly PlacedStack[]): RequestError {
  const names = [...new Set(stacks.map(({ environment }) => environment ?? NO_ENVIRONMENT))];
  const there = names.length === 0 ? 'no stack is known yet' : `there are: ${names.sort().join(', ')}`;
  return new RequestError(404, 'environment_not_found', `No stack belongs to environment ${asked}; ${there}`);
}

function flatten(
  name: string,
  stacks: readonly PlacedStack[],
  {
    plans,
    emergencies,
    at,
  }: { plans: ReadonlyMap<string, ReportPlan[]>; emergencies: readonly Attempt[]; at: string },
): DriftReport {
  const prefixed = [...plans].flatMap(([repo, own]) =>
    own.map((plan) => ({ ...plan, stackKey: `${repo}/${plan.stackKey}` })),
  );
  return driftReport(
    snapshot(name, at),
    prefixed,
    stacks.map((stack) => ({
      ...stack,
      key: `${stack.repo}/${stack.key}`,
      path: stack.path === '.' ? stack.repo : `${stack.repo}/${stack.path}`,
    })),
    {
      emergencies: emergencies.map((one) => ({ ...one, stackKey: `${one.repo}/${one.stackKey}` })),
    },
  );
}

/** A report needs a task; a view over many tasks is one of its own, at this moment. */
function snapshot(repo: string, at: string) {
  return { id: `${repo}@${at}`, repo, commit: '', status: 'completed' as const, startedAt: at, endedAt: at };
}

/** The plans that the stacks' present state comes from, by repo: a stack whose last plan failed has none. */
async function plansOf(store: Store, stacks: readonly StackState[]): Promise<Map<string, ReportPlan[]>> {
  const plans = new Map<string, ReportPlan[]>();
  for (let from = 0; from < stacks.length; from += AT_ONCE) {
    await Promise.all(
      stacks.slice(from, from + AT_ONCE).map(async ({ jobId, repo, pending }) => {
        const plan = jobId === null ? undefined : await store.plans.get(jobId);
        if (plan) plans.set(repo, [...(plans.get(repo) ?? []), { ...plan, pending }]);
      }),
    );
  }
  return plans;
}

/** All jobs of a task, in order. */
export async function allJobs(store: Store, taskId: string): Promise<Job[]> {
  const jobs: Job[] = [];
  for (;;) {
    const page = await store.jobs.listByTask(taskId, {
      afterOrdinal: jobs.at(-1)?.ordinal ?? -1,
      limit: PAGE,
    });
    jobs.push(...page);
    if (page.length < PAGE) return jobs;
  }
}

function reportedJob(job: Job): ReportedStack {
  const { stackKey: key, path, kind, workspace, drift, pending, error } = job;
  return { key, path, kind, workspace, status: job.outcome ?? 'unknown', drift, pending, error };
}

function known<K extends string, V>(key: K, value: V | undefined): Partial<Record<K, V>> {
  return value === undefined ? {} : ({ [key]: value } as Record<K, V>);
}
