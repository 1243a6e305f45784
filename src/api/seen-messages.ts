import type { TaskEvent } from '../store/store.ts';
import type { ApiDeps } from './deps.ts';
import { seenTask } from './seen-tasks.ts';
import type { Sight } from './sight.ts';
import type { FeedMessage } from './task-feed.ts';

/**
 * The messages of a followed task that a person may see, with the counts of their own stacks. Ends when it turns out that none
 * of the task's stacks is theirs.
 */
export async function* seenMessages(
  deps: Pick<ApiDeps, 'store'>,
  sight: Sight,
  messages: AsyncIterable<FeedMessage>,
): AsyncGenerator<FeedMessage> {
  const isSeen = lineFilter(deps, sight);
  for await (const message of messages) {
    if (message.type === 'log') {
      if (await isSeen(message.event)) yield message;
      continue;
    }
    const task = await seenTask(deps, sight, message.task);
    if (task === undefined) return;
    yield { ...message, task };
  }
}

/** Lines about the task as a whole may speak of any stack: of these, only the steps are for everybody. */
function lineFilter({ store }: Pick<ApiDeps, 'store'>, sight: Sight): (event: TaskEvent) => Promise<boolean> {
  const seen = new Map<string, boolean>();
  return async ({ taskId, stackKey, kind }) => {
    const repo = taskId.slice(0, taskId.lastIndexOf(':'));
    if (sight.whole(repo)) return true;
    if (stackKey === null) return kind === 'progress';
    if (!seen.has(stackKey)) {
      for (const job of await store.jobs.outlines([taskId])) seen.set(job.stackKey, sight.stack(job));
      // No job of the task has it: whose line this is can't be told.
      if (!seen.has(stackKey)) return false;
    }
    return seen.get(stackKey)!;
  };
}
