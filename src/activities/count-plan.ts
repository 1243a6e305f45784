import { driftedAddresses, newDrift } from '../domain/reports/drift-instances.ts';
import type { StackPlan } from '../domain/plan.ts';
import type { Job } from '../domain/task.ts';
import type { Driver } from '../drivers/driver.ts';
import type { ActivityDeps } from './deps.ts';
import type { PinnedConfig } from './pinned-config.ts';
import { policyFor } from './stack-facts.ts';

/** A plan that was saved, and the drift that its stack had before. */
export interface SavedPlan {
  job: Job;
  plan: StackPlan;
  seconds: number;
  standing: ReadonlySet<string>;
}

/**
 * The addresses that had drifted when the stack was last looked at. Asked before a newer plan is saved; only plans with
 * drift need it.
 */
export async function standingDrift(
  { store }: Pick<ActivityDeps, 'store'>,
  { repo, stackKey }: Job,
): Promise<Set<string>> {
  const [plan, stack] = await Promise.all([
    store.plans.latest(repo, stackKey),
    store.stacks.get(repo, stackKey),
  ]);
  // What was applied since removed the drift: were it there again, it would have come anew.
  const repaired = stack?.jobId === plan?.jobId && stack?.drift === 0;
  return plan === undefined || repaired ? new Set() : driftedAddresses(plan.changes);
}

/** Counts a plan that was saved. */
export function countPlan(
  { metrics, drivers }: Pick<ActivityDeps, 'metrics' | 'drivers'>,
  { settings }: Pick<PinnedConfig, 'settings'>,
  { job, plan, seconds, standing }: SavedPlan,
): void {
  const { repo, kind } = job;
  metrics.jobEnded({ repo, kind, status: 'completed', outcome: plan.status, seconds });
  const { environment } = policyFor(settings, { job, stack: job });
  for (const [severity, changes] of newDrift(plan.changes, standing)) {
    metrics.driftDetected({ repo, environment, severity, changes });
  }
  const hit = reusedInit(drivers, kind, plan);
  if (hit !== null) metrics.cache({ cache: 'init', hit });
}

/** Whether a plan did without an init, because an earlier one's could be used; null: its kind has none. */
export function reusedInit(
  drivers: readonly Pick<Driver, 'kind' | 'inits'>[],
  kind: string,
  { durationsMs }: Pick<StackPlan, 'durationsMs'>,
): boolean | null {
  const driver = drivers.find((each) => each.kind === kind);
  return driver?.inits === true ? !('init' in durationsMs) : null;
}
