import proto from '@temporalio/proto';
import { presenceQueue } from '../workflows/queues.ts';
import type { TemporalConnection } from './connect.ts';

const { TaskQueueType } = proto.temporal.api.enums.v1;
/** Somebody who polls is heard of at least once a minute; the server remembers them for five. */
export const POLLER_SILENCE_MS = 90_000;

/**
 * How many workers poll for tool activities of a queue, those included whose slots are all taken. One that was not heard of
 * for `silenceMs` is gone.
 */
export async function countPollers(
  { connection, namespace }: Pick<TemporalConnection, 'connection' | 'namespace'>,
  queue: string,
  silenceMs: number,
): Promise<number> {
  const { pollers } = await connection.workflowService.describeTaskQueue({
    namespace,
    taskQueue: { name: presenceQueue(queue) },
    taskQueueType: TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
  });
  const since = Date.now() - silenceMs;
  const fresh = pollers.filter(({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0) * 1000 > since);
  return new Set(fresh.map(({ identity }) => identity)).size;
}
