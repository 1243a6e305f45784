import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import type { FileChange } from '../drivers/kubernetes/layers/index.ts';
import type { ScaffoldOptions } from '../local/scaffold-folder.ts';
import type { Io } from './io.ts';

interface NewOptions {
  dir: string;
  config?: string;
  dryRun?: boolean;
  image?: string;
  env?: string[];
  from?: string;
}

/** `plumbline new app|environment|infrastructure NAME`: adds to a repository in layers. */
export function registerNew(program: Command, io: Io): void {
  const command = program
    .command('new')
    .description('Add an app, an environment or infrastructure to a repository in layers');
  const added = (what: ScaffoldOptions['what'], description: string) =>
    command
      .command(what)
      .description(description)
      .argument('<name>', 'a-z, 0-9 and -')
      .option('--dir <dir>', 'the repository', '.')
      .option('--config <file>', 'config file whose drivers.kubernetes.layers counts')
      .option('--dry-run', 'show what would be written, and write nothing')
      .action(async (name: string, options: NewOptions) => await add(what, name, options, io));
  added('app', 'An app: its base, an overlay for each environment, registered with its clusters')
    .option('--image <image>', 'the image of its Deployment')
    .option('--env <name...>', 'only in these environments');
  added('environment', 'A cluster of its own, with an overlay of each app').option(
    '--from <cluster>',
    'the cluster that it is made after (default: the first one)',
  );
  added('infrastructure', 'A controller, which all apps wait for').option(
    '--image <image>',
    'the image of its Deployment',
  );
}

async function add(what: ScaffoldOptions['what'], name: string, options: NewOptions, io: Io): Promise<void> {
  const { scaffoldFolder } = await import('../local/scaffold-folder.ts');
  const dryRun = options.dryRun === true;
  const { changes, next } = await scaffoldFolder({
    what,
    name,
    dir: options.dir,
    configFile: options.config ?? (existsSync('config.yaml') ? 'config.yaml' : undefined),
    env: io.env,
    dryRun,
    image: options.image ?? null,
    environments: options.env ?? null,
    from: options.from ?? null,
  });
  for (const change of changes) io.out(shown(change, dryRun, io));
  io.note(dryRun ? 'Nothing was written.' : next.join('\n'));
}

function shown({ path, before, after }: FileChange, whole: boolean, { colors }: Io): string {
  const line = before === null ? colors.green(`+ ${path}`) : colors.yellow(`~ ${path}`);
  if (!whole) return line;
  const had = new Set(before?.split('\n'));
  const lines = before === null ? after.split('\n') : after.split('\n').filter((text) => !had.has(text));
  return [line, ...lines.filter((text) => text !== '').map((text) => `    ${text}`)].join('\n');
}
