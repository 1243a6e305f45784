/** The task queue of workflows and light activities unless the config names another. */
const DEFAULT_TASK_QUEUE = 'plumbline';

/**
 * The queue of tool activities that belongs to a queue of workflows: `stacks`, or `<queue>-stacks`
 * where the config names a queue of its own, so that two installations in one namespace stay apart.
 */
export function toolQueue(taskQueue: string): string {
  return taskQueue === DEFAULT_TASK_QUEUE ? 'stacks' : `${taskQueue}-stacks`;
}

/**
 * The queue that every worker of a tool queue polls without ever getting work there. A worker whose slots
 * are all taken stops polling its tool queue, which would look as if nobody were there.
 */
export function presenceQueue(queue: string): string {
  return `${queue}-presence`;
}

/** How to get a worker for a tool queue, as a sentence. An environment's own queue is served only where it is named. */
export function startAWorker(queue: string, taskQueue: string): string {
  const named = queue === toolQueue(taskQueue) ? '' : ` --queues ${queue}`;
  return `Start one with: plumbline worker --config FILE${named}`;
}
