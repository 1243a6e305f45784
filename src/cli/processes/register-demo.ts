import type { Command } from 'commander';
import type { Io } from '../io.ts';

/** `plumbline demo`: repositories with drift, scanned and repaired on this machine. */
export function registerDemo(program: Command, io: Io): void {
  program
    .command('demo')
    .description('Show Plumbline at work on repositories made for it, in a temporary folder')
    .option('--once', 'end after the last step; fail unless all of it came out as expected')
    .option('--port <port>', 'port of the web UI (default: 8080, or a free one)')
    .option('--no-kubernetes', 'show Terraform alone')
    .action(async (options: { once?: boolean; port?: string; kubernetes: boolean }) => {
      const { runDemo } = await import('./demo.ts');
      const { once = false, port, kubernetes } = options;
      await runDemo({ once, port, kubernetes }, io);
    });
}
