import type { Command } from 'commander';
import { errorCode } from '../../util/errors.ts';
import type { Io } from '../io.ts';
import { listOf } from '../list-of.ts';
import type { Boot } from './boot.ts';

const ROLES = {
  up: 'Run everything in this one process: server, worker, embedded Temporal and store',
  serve: 'Run the server: web UI, API and schedules',
  worker: 'Run a worker: it plans stacks',
} as const satisfies Record<Boot['role'], string>;

const QUEUES =
  'serve these task queues of environments instead of the common one, separated by commas; `stacks` is the common one';

/** `plumbline up`, `serve` and `worker`. What they need is loaded only when one of them runs. */
export function registerProcesses(program: Command, io: Io): void {
  for (const [role, description] of Object.entries(ROLES)) {
    const command = program
      .command(role)
      .description(description)
      .option('--config <file>', 'config file', 'config.yaml');
    if (role === 'worker') command.option('--queues <names>', QUEUES, listOf);
    command.action(async (options: { config: string; queues?: string[] }) => {
      const { bootProcess } = await import('./boot.ts');
      const { startRunning } = await import('./run-process.ts');
      const boot = await bootProcess(role as Boot['role'], options.config, io);
      const running = await startRunning(boot, io, options).catch((error: unknown) => {
        if (errorCode(error) === 'stopped') return null;
        throw error;
      });
      if (running === null) return;
      announce(running, io);
      try {
        await running.ended;
      } finally {
        await running.stop();
      }
    });
  }
}

function announce(
  running: { boot: Boot; server: { url: string } | null; temporalUiUrl: string | null },
  io: Io,
): void {
  if (!running.server) return;
  io.note(`Plumbline: ${running.server.url}   API: ${running.server.url}/docs`);
  if (running.temporalUiUrl) io.note(`Temporal:  ${running.temporalUiUrl}`);
  if (running.boot.role !== 'up') return;
  io.note(
    'In one process, four eyes are a rule among friends: it is no boundary against code in the repositories.',
  );
}
