import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { ConfigError, type ConfigFault } from '../../src/config/config-error.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { LoadedConfig } from '../../src/config/read-config.ts';
import type { DriverSchemas } from '../../src/config/schema/config.ts';

interface Options {
  env?: Record<string, string>;
  drivers?: DriverSchemas;
  missingEnv?: 'fault' | 'notice';
  cwd?: string;
}

/** Loads this text as a config file of its own folder, which is also the folder that paths start from. */
export async function loadText(text: string, options: Options = {}): Promise<LoadedConfig & { dir: string }> {
  const dir = await mkdtemp(join(tmpdir(), 'plumbline-config-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  const file = join(dir, 'config.yaml');
  await writeFile(file, text);
  const loaded = await loadConfig(file, { env: {}, drivers: {}, cwd: dir, ...options });
  return { ...loaded, dir };
}

/** The faults of this text; an empty list when it is valid. */
export async function faultsOf(text: string, options: Options = {}): Promise<readonly ConfigFault[]> {
  try {
    await loadText(text, options);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
}

/** The faults as `path: message` lines, for comparing. */
export async function faultLines(text: string, options: Options = {}): Promise<string[]> {
  return (await faultsOf(text, options)).map((fault) => `${fault.path}: ${fault.message}`);
}
