import type { Task } from '../domain/task.ts';
import type { ActivityDeps } from './deps.ts';
import { dismissOvertaken } from './dismiss-overtaken.ts';
import { patiently } from './patiently.ts';
import { withdrawCancelled } from './withdraw-cancelled.ts';
import { withdrawNeedless } from './withdraw-needless.ts';

/** How a task has ended, as far as approvals are concerned. */
interface Ended {
  /** It planned the newest commit. */
  newest: boolean;
  dryRun: boolean;
  /** Somebody stopped it: it asks for nothing more, in whoever's name. */
  cancelled: boolean;
}

/** Ends the approvals that a task which ends leaves nobody a use for. Safe to run again; no failure here keeps the task from its end. */
export async function settleApprovals(
  deps: ActivityDeps,
  task: Task,
  { newest, dryRun, cancelled }: Ended,
  patienceMs?: number,
): Promise<void> {
  const steps = [
    ...(cancelled ? [withdrawCancelled] : []),
    ...(newest ? [withdrawNeedless] : []),
    ...(dryRun || cancelled ? [] : [dismissOvertaken]),
  ];
  await patiently(
    deps,
    task,
    steps.map((step) => (signal) => step(deps, task, signal)),
    patienceMs,
  );
}
