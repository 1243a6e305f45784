import type { StackPlan } from '../domain/plan.ts';
import { parseRolloutReference } from '../domain/rollout-target.ts';
import type { Job } from '../domain/task.ts';
import type { Driver, DriverPlan, PlanContext } from '../drivers/driver.ts';
import { PlumblineError } from '../util/errors.ts';
import { withFileLock } from '../util/file-lock.ts';
import type { ActivityDeps } from './deps.ts';
import type { PinnedConfig } from './pinned-config.ts';
import { type DriverRun, inStackContext, stackPlan } from './plan-context.ts';
import { savedState } from './rollback/saved-state.ts';
import { undoneInGit, undoneWords } from './rollback/undone-in-git.ts';
import type { ToolWork } from './tool-activity.ts';

/**
 * A driver's plan of a job, or its plan of the return to a backup. One at a time for each stack on this machine.
 * @throws PlumblineError as the driver's `plan`, `planRestore` and `planUndo`, `restore_unsupported`, and `rollback_shared`
 */
export async function planOnce(
  deps: ActivityDeps,
  run: DriverRun,
  work: ToolWork,
  restores: string | undefined,
): Promise<DriverPlan> {
  const { driver, folders, input } = run;
  return await withFileLock(
    folders.lockPath,
    () =>
      inStackContext(deps, run, work, (context) =>
        restores === undefined
          ? (run.side?.plan(driver, context) ?? driver.plan(context))
          : planRestore(deps, { driver, context, work }, { ...input, to_backup: restores }),
      ),
    { signal: work.signal, onWait: () => work.progress.step('Waiting for another plan of this stack') },
  );
}

/** The same with severity, status and digest. Ignore rules are about objects, and say nothing about a state as a whole. */
export function judgedPlan(
  deps: Pick<ActivityDeps, 'now' | 'digestKey'>,
  { settings }: Pick<PinnedConfig, 'settings'>,
  { job, driverPlan, restores }: { job: Job; driverPlan: DriverPlan; restores: string | undefined },
): StackPlan {
  if (restores === undefined) return stackPlan(deps, { settings }, job, driverPlan);
  return { ...stackPlan(deps, { settings: { ...settings, ignore: [] } }, job, driverPlan), restores };
}

async function planRestore(
  deps: ActivityDeps,
  { driver, context, work }: { driver: Driver; context: PlanContext; work: ToolWork },
  wanted: { repo: string; key: string; to_backup: string },
): Promise<DriverPlan> {
  const rollout = parseRolloutReference(wanted.to_backup);
  if (rollout !== undefined && driver.planUndo) {
    const { origin, ...plan } = await driver.planUndo(context, rollout);
    const undone = await undoneInGit(deps, wanted, origin, work);
    return { ...plan, warnings: [...plan.warnings, undoneWords(undone, rollout)] };
  }
  if (!driver.planRestore)
    throw new PlumblineError(
      'restore_unsupported',
      `Stacks of kind ${driver.kind} have no state to restore.`,
    );
  return await driver.planRestore(context, await savedState(deps, wanted));
}
