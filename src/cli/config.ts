import { Option, type Command } from 'commander';
import { ConfigError } from '../config/config-error.ts';
import { configJsonSchema } from '../config/json-schema.ts';
import { printFaultsJson } from '../config/print-faults.ts';
import { isDerived } from '../domain/repo-name.ts';
import { driverSchemas } from '../local/driver-schemas.ts';
import type { Io } from './io.ts';
import { readSettings } from './read-settings.ts';

/** `plumbline config validate [file]` and `plumbline config schema`. */
export function registerConfig(program: Command, io: Io): void {
  const config = program.command('config').description('Check the config file, or print its JSON Schema');
  config
    .command('validate')
    .description('Report every fault of the config file at once, with its line and what to do')
    .argument('[file]', 'config file')
    .option('--config <file>', 'config file', 'config.yaml')
    .addOption(new Option('--format <format>', 'how to print').choices(['text', 'json']).default('text'))
    .action(async (named: string | undefined, options: { config: string; format: 'text' | 'json' }) => {
      const file = named ?? options.config;
      try {
        const { settings, notices } = await readSettings(file, io, { missingEnv: 'notice' });
        for (const notice of notices) io.note(`note: ${notice}`);
        const repos = settings.published.repos.map(({ name }) => name);
        if (options.format === 'json')
          io.out(JSON.stringify({ valid: true, faults: [], notices, repos }, null, 2));
        else io.out(`${file} is valid: ${countRepos(repos)}.`);
      } catch (error) {
        if (options.format === 'json' && error instanceof ConfigError) io.out(printFaultsJson(error));
        throw error;
      }
    });
  config
    .command('schema')
    .description('Print the JSON Schema of the config file')
    .action(() => io.out(JSON.stringify(configJsonSchema(driverSchemas()), null, 2)));
}

/** How many are listed, and the names of those that environments ask for. */
function countRepos(repos: readonly string[]): string {
  const made = repos.filter(isDerived);
  const listed = repos.length - made.length;
  const count = `${listed} ${listed === 1 ? 'repository' : 'repositories'}`;
  return made.length === 0 ? count : `${count}, and for branches of environments ${made.join(', ')}`;
}
