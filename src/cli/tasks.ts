import { Option, type Command } from 'commander';
import type { TaskJson } from '../api/schemas/task.ts';
import { usageError } from './usage-error.ts';
import type { Io } from './io.ts';
import { clientFor, withServerOptions, type ServerOptions } from './server-options.ts';
import { plainTable } from './stack-table.ts';

interface TasksOptions extends ServerOptions {
  repo?: string;
  limit: string;
  format: 'table' | 'json';
}

/** `plumbline tasks`: the newest tasks with their counts. */
export function registerTasks(program: Command, io: Io): void {
  withServerOptions(program.command('tasks'))
    .description('List tasks, newest first')
    .option('--repo <name>', 'only this repository')
    .option('--limit <n>', 'how many', '20')
    .addOption(new Option('--format <format>', 'how to print').choices(['table', 'json']).default('table'))
    .action(async (options: TasksOptions) => {
      const limit = Number(options.limit);
      if (!Number.isInteger(limit) || limit < 1 || limit > 500) {
        throw usageError(`--limit is "${options.limit}": give a whole number from 1 to 500.`);
      }
      const query = new URLSearchParams({
        limit: String(limit),
        ...(options.repo ? { repo: options.repo } : {}),
      });
      const client = await clientFor(options, io);
      const { tasks } = await client.get<{ tasks: TaskJson[] }>(`/api/tasks?${query}`);
      if (options.format === 'json') io.out(JSON.stringify({ tasks }, null, 2));
      else if (tasks.length === 0) io.note('No task has run yet. Start one: plumbline scan');
      else io.out(taskTable(tasks));
    });
}

function taskTable(tasks: readonly TaskJson[]): string {
  return plainTable(
    [
      'TASK',
      'KIND',
      'STATUS',
      'TOTAL',
      'DONE',
      'FAILED',
      'DRIFTED',
      'PENDING',
      'TRIGGER',
      'STARTED',
      'MESSAGE',
    ],
    tasks.map((task) => [
      task.id,
      task.kind,
      task.status,
      String(task.total),
      String(task.completed),
      String(task.failed),
      String(task.live_drifted),
      String(task.pending),
      task.trigger,
      task.started_at,
      task.error?.message ?? '-',
    ]),
  );
}
