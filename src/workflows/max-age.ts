import { CancellationScope, CancelledFailure, sleep } from '@temporalio/workflow';
import type { Failure } from '../domain/task.ts';
import { failureOf } from './failure.ts';
import { light } from './light.ts';

/** Whose work is limited. */
export interface AgedTask {
  taskId: string;
  /** ISO 8601. */
  startedAt: string;
  maxAgeMs: number;
}

/** Why a task's work ended early. */
export interface EndedEarly {
  failure: Failure;
  error: unknown;
}

/** Runs the work; answers why it ended early, if it did, once all that it started has ended. */
export async function withinMaxAge<T extends string>(
  task: AgedTask,
  work: () => Promise<T>,
): Promise<T | EndedEarly> {
  const age = Date.now() - Date.parse(task.startedAt);
  const scope = new CancellationScope();
  const timer = new CancellationScope();
  let tooOld = false;
  const watch = timer.run(async () => {
    await sleep(Math.max(1, task.maxAgeMs - age));
    tooOld = true;
    scope.cancel();
  });
  watch.catch(() => undefined);
  // The tools must stop although their activities may heartbeat rarely: workers watch the store for this.
  scope.cancelRequested.catch(() =>
    CancellationScope.nonCancellable(() => light.requestCancel({ task_id: task.taskId })),
  );
  try {
    const outcome = await scope.run(work);
    // A cancel in the very step in which the last child ended.
    if (outcome === 'more' && scope.consideredCancelled) throw new CancelledFailure('CANCELLED');
    return outcome;
  } catch (error) {
    return { failure: tooOld ? tooOldFailure(task) : failureOf(error), error };
  } finally {
    timer.cancel();
  }
}

function tooOldFailure({ maxAgeMs }: AgedTask): Failure {
  const minutes = Math.round(maxAgeMs / 60_000);
  return {
    code: 'task_too_old',
    message: `The task ran for longer than worker.task_max_age (${minutes} min) and was stopped.`,
  };
}
