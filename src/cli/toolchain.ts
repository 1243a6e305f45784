import { existsSync } from 'node:fs';
import { Option, type Command } from 'commander';
import { defaultSettings } from '../config/default-settings.ts';
import type { Settings } from '../domain/settings.ts';
import { driverSchemas } from '../local/driver-schemas.ts';
import { createToolchain } from '../toolchain/toolchain.ts';
import { baseEnv } from '../util/exec-env.ts';
import { createRedactor } from '../util/redact.ts';
import type { Io } from './io.ts';
import { readSettings } from './read-settings.ts';
import { plainTable } from './stack-table.ts';

/** `plumbline toolchain`: the programs that are used, their versions, and where they come from. */
export function registerToolchain(program: Command, io: Io): void {
  program
    .command('toolchain')
    .description('List the programs that Plumbline uses, their versions and where they come from')
    .option('--config <file>', 'config file whose toolchain settings are used')
    .addOption(new Option('--format <format>', 'how to print').choices(['table', 'json']).default('table'))
    .action(async (options: { config?: string; format: 'table' | 'json' }) => {
      const settings = await settingsOf(options.config, io);
      const toolchain = createToolchain({
        settings: settings.published.toolchain,
        cacheDir: settings.cacheDir,
        baseEnv: baseEnv(io.env),
        redactor: createRedactor(),
      });
      const programs = await toolchain.list();
      if (options.format === 'json') return io.out(JSON.stringify({ programs }, null, 2));
      io.out(
        plainTable(
          ['PROGRAM', 'VERSION', 'FROM', 'PATH'],
          programs.map((found) => [
            found.name,
            found.version ?? '-',
            found.source ?? 'not found',
            found.path ?? found.note,
          ]),
        ),
      );
    });
}

async function settingsOf(file: string | undefined, io: Io): Promise<Settings> {
  const named = file ?? (existsSync('config.yaml') ? 'config.yaml' : undefined);
  if (named !== undefined) return (await readSettings(named, io, { missingEnv: 'notice' })).settings;
  return defaultSettings({ dataDir: 'data', env: io.env, drivers: driverSchemas() });
}
