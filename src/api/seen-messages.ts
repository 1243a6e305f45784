import type { JobOutline, TaskEvent } from '../store/store.ts';
import type { ApiDeps } from './deps.ts';
import { seenTask } from './seen-tasks.ts';
import type { Sight } from './sight.ts';
import type { FeedMessage } from './task-feed.ts';

/**
 * The messages of a followed task that a person may see, with the counts of their own stacks. Ends when it turns out that none
 * of the task's stacks is theirs.
 * @param sightNow what they may see at this moment; undefined ends it
 */
export async function* seenMessages(
  deps: Pick<ApiDeps, 'store'>,
  sightNow: () => Promise<Sight | undefined>,
  messages: AsyncIterable<FeedMessage>,
): AsyncGenerator<FeedMessage> {
  const isSeen = lineFilter(deps);
  for await (const message of messages) {
    const sight = await sightNow();
    if (sight === undefined) return;
    if (message.type === 'log') {
      if (await isSeen(message.event, sight)) yield message;
      continue;
    }
    const task = await seenTask(deps, sight, message.task);
    if (task === undefined) return;
    yield { ...message, task };
  }
}

/** Lines about the task as a whole may speak of any stack: of these, only the steps are for everybody. */
function lineFilter({ store }: Pick<ApiDeps, 'store'>): (event: TaskEvent, sight: Sight) => Promise<boolean> {
  const jobs = new Map<string, JobOutline>();
  return async ({ taskId, stackKey, kind }, sight) => {
    const repo = taskId.slice(0, taskId.lastIndexOf(':'));
    if (sight.whole(repo)) return true;
    if (stackKey === null) return kind === 'progress';
    if (!jobs.has(stackKey)) {
      for (const job of await store.jobs.outlines([taskId])) jobs.set(job.stackKey, job);
    }
    const job = jobs.get(stackKey);
    // No job of the task has it: whose line this is can't be told.
    return job !== undefined && sight.stack(job);
  };
}
