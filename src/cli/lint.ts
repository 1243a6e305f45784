import { existsSync } from 'node:fs';
import { Option, type Command } from 'commander';
import type { LintResult } from '../drivers/kubernetes/layers/index.ts';
import { EXIT } from './exit-codes.ts';
import { interruptible } from './interruptible.ts';
import type { Io } from './io.ts';
import { packageVersion } from './version.ts';

type Format = 'text' | 'json' | 'sarif';

interface LintCommandOptions {
  config?: string;
  format: Format;
  json?: boolean;
  sarif?: boolean;
  strict?: boolean;
}

/** `plumbline lint [dir]`: checks the layers of a repository. */
export function registerLint(program: Command, io: Io): void {
  program
    .command('lint')
    .description('Check a repository in layers (clusters, apps, infrastructure) for what breaks their rules')
    .argument('[dir]', 'the repository', '.')
    .option('--config <file>', 'config file whose drivers.kubernetes.layers counts')
    .addOption(
      new Option('--format <format>', 'how to print').choices(['text', 'json', 'sarif']).default('text'),
    )
    .option('--json', 'the same as --format json')
    .option('--sarif', 'the same as --format sarif')
    .option('--strict', `exit with ${EXIT.drift} for warnings, too`)
    .addHelpText('after', `\nExits with ${EXIT.drift} when there are errors, and with 0 when there are none.`)
    .action(async (dir: string, options: LintCommandOptions) => {
      const { lintFolder } = await import('../local/lint-folder.ts');
      const configFile = options.config ?? (existsSync('config.yaml') ? 'config.yaml' : undefined);
      const outcome = await interruptible((signal) => lintFolder({ dir, configFile, env: io.env, signal }));
      if ('interrupted' in outcome) {
        process.exitCode = outcome.interrupted;
        return;
      }
      const found = outcome.result;
      await print(found, formatOf(options), io);
      const isWrong = found.findings.some(({ severity }) => severity === 'error' || options.strict === true);
      if (isWrong) process.exitCode = EXIT.drift;
    });
}

function formatOf({ format, json, sarif }: LintCommandOptions): Format {
  if (json === true) return 'json';
  return sarif === true ? 'sarif' : format;
}

async function print({ layout, findings }: LintResult, format: Format, io: Io): Promise<void> {
  if (layout === null)
    io.note(
      'Nothing was checked: no folder has all of clusters, infrastructure and apps (as the config calls them).',
    );
  if (format === 'json') return io.out(JSON.stringify({ layout, findings }, null, 2));
  if (format === 'sarif') {
    const { lintSarif } = await import('../local/lint-sarif.ts');
    return io.out(JSON.stringify(lintSarif(findings, packageVersion()), null, 2));
  }
  const { bold, dim, red, yellow } = io.colors;
  for (const { rule, severity, file, line, message, fix } of findings) {
    const mark = severity === 'error' ? red('error') : yellow('warning');
    io.out(`${bold(`${file}:${line}`)} ${mark} ${message} ${dim(rule)}\n    ${fix}`);
  }
  if (layout === null) return;
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  io.note(
    findings.length === 0
      ? 'The layers are in order.'
      : `${counted(errors, 'error')}, ${counted(findings.length - errors, 'warning')}.`,
  );
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
