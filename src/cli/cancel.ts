import type { Command } from 'commander';
import type { TaskJson } from '../api/schemas/task.ts';
import { parseTaskId } from '../domain/ids.ts';
import type { Io } from './io.ts';
import { clientFor, withServerOptions, type ServerOptions } from './server-options.ts';
import type { RepoDetailJson } from '../api/schemas/repo.ts';
import { PlumblineError } from '../util/errors.ts';

/** `plumbline cancel <task or repo>`: stops a task, or takes back what it asks people for; what it has found so far stays. */
export function registerCancel(program: Command, io: Io): void {
  withServerOptions(program.command('cancel'))
    .description(
      'Cancel a task that runs, waits its turn or waits for people, named by its ID, or the one that runs by its repository',
    )
    .argument('<task>', 'task ID (my-infra:1706712345678) or repository name')
    .action(async (target: string, options: ServerOptions) => {
      const client = await clientFor(options, io);
      const id = parseTaskId(target) ? target : await activeTaskOf(target);
      const path = `/api/tasks/${encodeURIComponent(id)}/cancel`;
      const { task, message } = await client.post<{ task: TaskJson; message: string }>(path);
      if (task.ended_at !== null) io.note(`${message}. What ${id} found stays.`);
      else io.note(`Asked ${id} to stop. Its running plans end within seconds; what it found so far stays.`);

      async function activeTaskOf(repo: string): Promise<string> {
        const detail = await client.get<RepoDetailJson>(`/api/repos/${encodeURIComponent(repo)}`);
        if (!detail.active_task) {
          throw new PlumblineError(
            'nothing_running',
            `No task of ${repo} is running. One that waits for people is cancelled by its ID ("plumbline tasks").`,
          );
        }
        return detail.active_task.id;
      }
    });
}
