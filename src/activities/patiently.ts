import type { Task } from '../domain/task.ts';
import type { ActivityDeps } from './deps.ts';

/** How long a task that ends waits for what it does to approvals, in ms: well below what its step may take. */
const PATIENCE_MS = 15_000;

/** Does what a task that ends owes to approvals. What fails, or takes too long, is left to the next task: this one ends all the same. */
export async function patiently(
  { log }: Pick<ActivityDeps, 'log'>,
  task: Pick<Task, 'id'>,
  patienceMs: number | undefined,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const patience = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, patienceMs ?? PATIENCE_MS);
  });
  const done = work(patience.signal).catch((error: unknown) => {
    log.warn({ err: error, taskId: task.id }, 'Approvals that nobody needs could not be withdrawn');
  });
  try {
    await Promise.race([done, late]);
  } finally {
    patience.abort();
    clearTimeout(timer);
  }
}
