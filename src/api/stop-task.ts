import type { Task } from '../domain/task.ts';
import type { ApiDeps } from './deps.ts';

/** A task continues as new now and then: so often its run is looked up again. */
const MAX_LOOKS = 5;

/**
 * Asks the workflow of a running task to stop, and never the task that comes after it: the next task of a repo is the
 * next run of the same workflow. Safe to call again.
 * @returns whether the task ends by itself now; false when Temporal does not know its workflow any more
 * @throws PlumblineError `temporal_unavailable`
 */
export async function stopTask(
  { store, temporal }: Pick<ApiDeps, 'store' | 'temporal'>,
  task: Task,
): Promise<boolean> {
  for (let looks = 0; looks < MAX_LOOKS; looks += 1) {
    const run = await temporal.describeRepo(task.repo);
    // Asked after the run: while this task had not ended yet, that run was its own.
    if ((await store.tasks.get(task.id))?.endedAt !== null) return true;
    if (!run?.running || (task.runId !== '' && run.firstRunId !== task.runId)) return false;
    await temporal.cancelRun(task.repo, run.runId);
    const later = await temporal.describeRepo(task.repo);
    if (!later?.running || later.runId === run.runId) return true;
  }
  return true;
}
