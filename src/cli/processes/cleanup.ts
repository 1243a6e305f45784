import type { Logger } from '../../util/log.ts';

/** What a process has to undo when it ends. */
export interface Cleanup {
  add(name: string, undo: () => unknown): void;
  /** Undoes everything in reverse order, once; what fails is logged and does not stop the rest. */
  run(): Promise<void>;
}

/** An empty list of things to undo. */
export function createCleanup(log: Logger): Cleanup {
  const steps: { name: string; undo: () => unknown }[] = [];
  return {
    add: (name, undo) => {
      steps.push({ name, undo });
    },
    run: async () => {
      for (let step = steps.pop(); step; step = steps.pop()) {
        try {
          await step.undo();
        } catch (error) {
          log.error({ err: error, step: step.name }, 'A part of the process did not end cleanly');
        }
      }
    },
  };
}
