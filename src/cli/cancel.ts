import type { Command } from 'commander';
import type { TaskJson } from '../api/schemas/task.ts';
import { parseTaskId } from '../domain/ids.ts';
import type { Io } from './io.ts';
import { clientFor, withServerOptions, type ServerOptions } from './server-options.ts';
import type { RepoDetailJson } from '../api/schemas/repo.ts';
import { PlumblineError } from '../util/errors.ts';

/** `plumbline cancel <task or repo>`: stops a running task; what it has found so far stays. */
export function registerCancel(program: Command, io: Io): void {
  withServerOptions(program.command('cancel'))
    .description('Cancel a running task, named by its ID or by its repository')
    .argument('<task>', 'task ID (my-infra:1706712345678) or repository name')
    .action(async (target: string, options: ServerOptions) => {
      const client = await clientFor(options, io);
      const id = parseTaskId(target) ? target : await activeTaskOf(target);
      await client.post<{ task: TaskJson }>(`/api/tasks/${encodeURIComponent(id)}/cancel`);
      io.note(`Asked ${id} to stop. Its running plans end within seconds; what it found so far stays.`);

      async function activeTaskOf(repo: string): Promise<string> {
        const detail = await client.get<RepoDetailJson>(`/api/repos/${encodeURIComponent(repo)}`);
        if (!detail.active_task) {
          throw new PlumblineError(
            'nothing_running',
            `No task of ${repo} is running: there is nothing to cancel.`,
          );
        }
        return detail.active_task.id;
      }
    });
}
