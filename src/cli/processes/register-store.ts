import type { Command } from 'commander';
import type { Manifest } from '../../store/archive/manifest.ts';
import { backupStore, type CopyProgress } from '../../store/backup.ts';
import { restoreStore } from '../../store/restore.ts';
import type { Io } from '../io.ts';
import { readSettings } from '../read-settings.ts';

/** `plumbline store backup FILE` and `plumbline store restore FILE`. */
export function registerStoreCommands(program: Command, io: Io): void {
  const store = program.command('store').description('Back up the store with its artifacts, or restore it');
  store
    .command('backup')
    .description('Write everything that Plumbline keeps into one file, also while it runs')
    .argument('<file>', 'file to write; it must not exist yet')
    .option('--config <file>', 'config file', 'config.yaml')
    .action(async (file: string, options: { config: string }) => {
      const location = await locationOf(options.config, io);
      const copied = await backupStore(location, file, { at: now(), ...telling(io) });
      io.progressDone();
      io.note(
        `${file}: ${describe(copied)}. Artifacts that hold secrets are still encrypted: keep their key elsewhere.`,
      );
    });
  store
    .command('restore')
    .description('Read a backup into an empty store: all of it or nothing')
    .argument('<file>', 'file that backup wrote')
    .option('--config <file>', 'config file', 'config.yaml')
    .option('--force', 'replace what the store holds')
    .action(async (file: string, options: { config: string; force?: boolean }) => {
      const location = await locationOf(options.config, io);
      const copied = await restoreStore(location, file, {
        at: now(),
        force: options.force === true,
        ...telling(io),
      });
      io.progressDone();
      io.note(`${file} was restored: ${describe(copied)}.`);
    });
}

async function locationOf(configFile: string, io: Io) {
  const { settings } = await readSettings(configFile, io);
  return { url: settings.storeUrl, dataDir: settings.dataDir, s3: settings.s3 };
}

function now(): string {
  return new Date().toISOString();
}

function telling(io: Io) {
  return {
    onProgress: ({ rows, artifacts }: CopyProgress) => io.progress(`${rows} rows, ${artifacts} artifacts`),
  };
}

function describe({ tables }: Manifest): string {
  const rows = Object.values(tables).reduce((sum, count) => sum + count, 0);
  return `${rows} rows of ${Object.keys(tables).length} tables`;
}
