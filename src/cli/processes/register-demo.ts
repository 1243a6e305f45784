import type { Command } from 'commander';
import type { Io } from '../io.ts';

/** `plumbline demo`: a repository with drift, scanned on this machine. */
export function registerDemo(program: Command, io: Io): void {
  program
    .command('demo')
    .description('Show Plumbline at work on a repository made for it, in a temporary folder')
    .option('--once', 'end after the report')
    .option('--port <port>', 'port of the web UI (default: 8080, or a free one)')
    .action(async (options: { once?: boolean; port?: string }) => {
      const { runDemo } = await import('./demo.ts');
      await runDemo({ once: options.once === true, port: options.port }, io);
    });
}
