import type { Command } from 'commander';
import type { RepoDetailJson } from '../api/schemas/repo.ts';
import type { TaskJson } from '../api/schemas/task.ts';
import { parseTaskId } from '../domain/ids.ts';
import { PlumblineError } from '../util/errors.ts';
import type { ApiClient } from './api-client.ts';
import type { Io } from './io.ts';
import { clientFor, withServerOptions, type ServerOptions } from './server-options.ts';
import { type CancellableTask, tasksThatAsk, tasksThatWait } from './waiting-tasks.ts';

/** `plumbline cancel <task or repo>`: stops a task, or takes back what it asks people for; what it has found so far stays. */
export function registerCancel(program: Command, io: Io): void {
  withServerOptions(program.command('cancel'))
    .description(
      'Cancel a task that runs, waits its turn or waits for people, named by its ID, or the one that runs by its repository',
    )
    .argument(
      '<task>',
      'task ID (my-infra:1706712345678) or repository name; without one that runs, what waits is listed',
    )
    .action(async (target: string, options: ServerOptions) => {
      const client = await clientFor(options, io);
      const byRepo = parseTaskId(target) === undefined;
      const id = byRepo ? await runningTaskOf(client, target) : target;
      const path = `/api/tasks/${encodeURIComponent(id)}/cancel`;
      const { task, message } = await client.post<{ task: TaskJson; message: string }>(path);
      if (task.ended_at !== null) io.note(`${message}. What ${id} found stays.`);
      else io.note(`Asked ${id} to stop. Its running plans end within seconds; what it found so far stays.`);
      const next = byRepo ? await tasksThatWait(client, target) : [];
      if (next.length > 0) io.note(`What waits for its turn goes on:${listed(next)}`);
    });
}

/** @throws PlumblineError `nothing_running`, which names what waits */
async function runningTaskOf(client: ApiClient, repo: string): Promise<string> {
  const { active_task } = await client.get<RepoDetailJson>(`/api/repos/${encodeURIComponent(repo)}`);
  if (active_task) return active_task.id;
  const waiting = [...(await tasksThatWait(client, repo)), ...(await tasksThatAsk(client, repo))];
  throw new PlumblineError(
    'nothing_running',
    waiting.length === 0
      ? `There is nothing to cancel: no task of ${repo} runs or waits for its turn, and none asks people for what you could take back.`
      : `No task of ${repo} is running. What waits is cancelled by its ID:${listed(waiting)}`,
  );
}

function listed(tasks: readonly CancellableTask[]): string {
  return tasks.map(({ id, why }) => `\n  plumbline cancel ${id}  (${why})`).join('');
}
