import type { Failure } from './task.ts';

const CODE = 'joined';
const START = 'It became a part of the task ';
const END = '.';

/** What stands in a task that another one took in while it waited, so that its own end says nothing. */
export function joinedInto(taskId: string): Failure {
  return { code: CODE, message: `${START}${taskId}${END}` };
}

/** The task that took this one in; undefined when none did. */
export function joinedTask(error: Failure | null): string | undefined {
  if (error?.code !== CODE || !error.message.startsWith(START)) return undefined;
  return error.message.slice(START.length, -END.length);
}
