import { Option, type Command } from 'commander';
import { EXIT } from './exit-codes.ts';
import type { Io } from './io.ts';
import { scanOnServer, type Format } from './scan-on-server.ts';
import { clientFor, withServerOptions, type ServerOptions } from './server-options.ts';
import { usageError } from './usage-error.ts';

interface ScanOptions extends ServerOptions {
  wait?: boolean;
  format: Format;
  exitCode?: boolean;
  commit?: string;
  local?: string;
  as?: string;
}

/** `plumbline scan [repo] [stack]`: starts scans, and with `--wait` reports what they found. */
export function registerScan(program: Command, io: Io): void {
  withServerOptions(program.command('scan'))
    .description('Scan repositories for drift; all of them when none is named')
    .argument('[repo]', 'repository name')
    .argument('[stack]', 'stack key, e.g. envs/prod')
    .option('--wait', 'follow the scan to its end and print what it found')
    .addOption(
      new Option('--format <format>', 'how to print')
        .choices(['table', 'json', 'markdown', 'sarif'])
        .default('table'),
    )
    .option('--exit-code', `wait, and exit with ${EXIT.drift} when drift was found`)
    .option('--commit <sha>', 'scan this commit instead of the newest')
    .option('--local <dir>', 'scan a folder of this machine, without a server; its one argument is a stack')
    .option('--as <repo>', 'with --local: the repository of the config that the folder is a checkout of')
    .action(async (repo: string | undefined, stack: string | undefined, options: ScanOptions) => {
      if (options.local !== undefined) {
        if (stack !== undefined)
          throw usageError(`With --local there is one argument, the stack: leave out "${stack}".`);
        refuseWithLocal(options);
        return await scanHere(options.local, repo, options, io);
      }
      if (options.as !== undefined)
        throw usageError('--as says what the folder of --local is: add --local DIR.');
      const wait = options.wait === true || options.exitCode === true;
      if (!wait && (options.format === 'markdown' || options.format === 'sarif')) {
        throw usageError(`--format ${options.format} prints what a scan found: add --wait.`);
      }
      if (repo === undefined && options.commit !== undefined) {
        throw usageError('--commit is a commit of one repository: name the repository.');
      }
      const request = { repo, stack, commit: options.commit, wait, format: options.format };
      const { failed, drifted } = await scanOnServer(await clientFor(options, io), request, io);
      if (failed) process.exitCode = EXIT.error;
      else if (options.exitCode && drifted) process.exitCode = EXIT.drift;
    });
}

function refuseWithLocal({ server, commit }: ScanOptions): void {
  const strange = server === undefined ? (commit === undefined ? undefined : '--commit') : '--server';
  if (strange !== undefined) throw usageError(`--local scans a folder as it stands: leave out ${strange}.`);
}

async function scanHere(dir: string, stack: string | undefined, options: ScanOptions, io: Io): Promise<void> {
  const { scanFolder } = await import('./scan-folder.ts');
  const { printLocalScan } = await import('./print-local-scan.ts');
  const scan = await scanFolder({ dir, stack, as: options.as, config: options.config }, io);
  if (scan === undefined) return;
  printLocalScan(scan, options.format, io);
  if (scan.failed > 0) process.exitCode = EXIT.error;
  else if (options.exitCode && scan.stacks.some((found) => found.drift > 0)) process.exitCode = EXIT.drift;
}
