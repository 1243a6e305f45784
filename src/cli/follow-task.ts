import { setTimeout as sleep } from 'node:timers/promises';
import type { TaskJson } from '../api/schemas/task.ts';
import { joinedTask } from '../domain/joined-task.ts';
import { errorCode } from '../util/errors.ts';
import type { ApiClient } from './api-client.ts';
import type { Io } from './io.ts';

const POLL_MS = 500;
const PATIENCE_POLLS = 60;

/**
 * Follows a task to its end, with a progress line. One that another task takes in meanwhile is followed to the end of that
 * one, which is the answer. A server that restarts meanwhile is waited for (30 s at a time).
 */
export async function followTask(client: ApiClient, id: string, io: Io): Promise<TaskJson> {
  let task = await followOne(client, id, io);
  for (let into = joinedTask(task.error); into !== undefined; into = joinedTask(task.error)) {
    io.note(`${task.id} became a part of ${into}`);
    task = await followOne(client, into, io);
  }
  return task;
}

async function followOne(client: ApiClient, id: string, io: Io): Promise<TaskJson> {
  let missed = 0;
  for (;;) {
    try {
      const task = await client.get<TaskJson>(`/api/tasks/${encodeURIComponent(id)}`);
      missed = 0;
      io.progress(progressLine(task, io.interactive));
      if (task.ended_at !== null && task.status !== 'queued') {
        io.progressDone();
        return task;
      }
    } catch (error) {
      missed += 1;
      if (errorCode(error) !== 'api_unreachable' || missed > PATIENCE_POLLS) throw error;
    }
    await sleep(POLL_MS);
  }
}

/** `my-infra [█████·····] 6/12  2 drifted`. */
function progressLine(task: TaskJson, bar: boolean): string {
  const done = task.completed + task.failed;
  const counts = [
    `${done}/${task.total} stacks`,
    ...(task.running ? [`${task.running} running`] : []),
    ...(task.drifted ? [`${task.drifted} with changes`] : []),
    ...(task.failed ? [`${task.failed} failed`] : []),
  ].join(', ');
  if (!bar) return `${task.id}: ${counts}`;
  const width = 24;
  const filled = task.total === 0 ? 0 : Math.round((width * done) / task.total);
  return `${task.repo_name} [${'█'.repeat(filled)}${'·'.repeat(width - filled)}] ${counts}`;
}
