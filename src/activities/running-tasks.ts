/** The tool activities of this process by task, so that a cancelled task's tools can be stopped at once. */
export interface RunningTasks {
  /** A signal that is aborted when the task is cancelled, until `done` is called. */
  enter(taskId: string): { signal: AbortSignal; done(): void };
  /** Tasks with a running tool activity. */
  taskIds(): string[];
  /** Aborts the tool activities of a task; one without any is fine. */
  abort(taskId: string): void;
}

/** Keeps the tool activities of one process by task. */
export function createRunningTasks(): RunningTasks {
  const controllers = new Map<string, Set<AbortController>>();
  return {
    enter: (taskId) => {
      const controller = new AbortController();
      const ofTask = controllers.get(taskId) ?? new Set();
      controllers.set(taskId, ofTask.add(controller));
      const done = () => {
        ofTask.delete(controller);
        if (ofTask.size === 0 && controllers.get(taskId) === ofTask) controllers.delete(taskId);
      };
      return { signal: controller.signal, done };
    },
    taskIds: () => [...controllers.keys()],
    abort: (taskId) => {
      for (const controller of controllers.get(taskId) ?? []) controller.abort();
    },
  };
}
