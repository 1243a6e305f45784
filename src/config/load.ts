import { readFile } from 'node:fs/promises';
import { readConfigDocument } from './config-document.ts';
import { ConfigError } from './config-error.ts';
import type { ProcessEnv } from './process-env.ts';
import { readConfig, type LoadedConfig } from './read-config.ts';
import type { DriverSchemas } from './schema/config.ts';

/** A config file is never this large; something else was named. */
const MAX_BYTES = 5_000_000;

/**
 * Loads a config file. Relative paths in it start from `cwd`, which is the current folder unless it is given.
 * Safe to run again; reads the file and nothing else.
 * @throws ConfigError (`config_invalid`) with all faults at once, also when the file can't be read
 */
export async function loadConfig(
  path: string,
  options: { env: ProcessEnv; drivers: DriverSchemas; cwd?: string; missingEnv?: 'fault' | 'notice' },
): Promise<LoadedConfig> {
  const source = await readSource(path);
  return readConfig(readConfigDocument(source), {
    file: path,
    env: options.env,
    cwd: options.cwd ?? process.cwd(),
    drivers: options.drivers,
    ...(options.missingEnv === undefined ? {} : { missingEnv: options.missingEnv }),
  });
}

async function readSource(path: string): Promise<string> {
  let source: string;
  try {
    source = await readFile(path, 'utf8');
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    const message = missing ? 'there is no such file' : `the file can't be read: ${String(error)}`;
    const suggestion = missing ? 'name the file with --config FILE' : 'check its permissions';
    throw new ConfigError(path, [{ path: '', line: 0, column: 0, message, suggestion }], { cause: error });
  }
  if (source.length > MAX_BYTES) {
    throw new ConfigError(path, [
      { path: '', line: 0, column: 0, message: 'the file is too large to be a config' },
    ]);
  }
  return source;
}
