import { isServerTrouble } from '../../api/api-error.ts';
import type { ApiClient } from '../../api/client.ts';
import { readEventStream } from '../../api/event-stream.ts';
import { apiPaths } from '../../api/paths.ts';
import type { TaskEventJson } from '../../api/types.ts';

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 8_000;

/** What happens while a task is followed. */
export interface FollowHandlers {
  onEvent: (event: TaskEventJson) => void;
  /** The stream is open (`true`), or was lost and will be opened again (`false`). */
  onConnection: (open: boolean) => void;
}

/**
 * Follows a task's events until its `end`. A stream that breaks is opened again after a growing pause and goes on
 * after the last event that arrived. Throws `ApiError` when the server refuses; ends quietly when `signal` aborts.
 */
export async function followTask(
  api: ApiClient,
  taskId: string,
  { onEvent, onConnection }: FollowHandlers,
  signal: AbortSignal,
): Promise<void> {
  let lastEventId: string | null = null;
  let pauseMs = FIRST_PAUSE_MS;
  while (!signal.aborted) {
    try {
      const body = await api.stream(apiPaths.taskEvents(taskId), { signal, lastEventId });
      onConnection(true);
      for await (const message of readEventStream(body)) {
        pauseMs = FIRST_PAUSE_MS;
        lastEventId = message.id ?? lastEventId;
        const event = JSON.parse(message.data) as TaskEventJson;
        onEvent(event);
        if (event.type === 'end') return;
      }
    } catch (error) {
      if (signal.aborted) return;
      // Whatever breaks inside an open stream is worth another try; a refusal is not.
      if (error instanceof Error && error.name === 'ApiError' && !isServerTrouble(error)) throw error;
    }
    if (signal.aborted) return;
    onConnection(false);
    await pause(pauseMs, signal);
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
