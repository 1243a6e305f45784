import type { Task } from '../domain/task.ts';
import type { ActivityDeps } from './deps.ts';

/** How long a task that ends waits for what it does to approvals, in ms: well below what its step may take. */
const PATIENCE_MS = 15_000;

/**
 * Does what a task that ends owes to approvals, one after the other, all within the same time. What fails, or takes too long, is left to
 * the next task: this one ends all the same.
 */
export async function patiently(
  { log }: Pick<ActivityDeps, 'log'>,
  task: Pick<Task, 'id'>,
  steps: readonly ((signal: AbortSignal) => Promise<void>)[],
  patienceMs: number | undefined,
): Promise<void> {
  const patience = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, patienceMs ?? PATIENCE_MS);
  });
  const work = async (): Promise<void> => {
    for (const step of steps) {
      if (patience.signal.aborted) return;
      await step(patience.signal).catch((error: unknown) => {
        log.warn(
          { err: error, taskId: task.id },
          'Approvals could not be withdrawn or dismissed as a task ended',
        );
      });
    }
  };
  try {
    await Promise.race([work(), late]);
  } finally {
    patience.abort();
    clearTimeout(timer);
  }
}
