import { loadConfig } from '../config/load.ts';
import type { Settings } from '../domain/settings.ts';
import { driverSchemas } from '../local/driver-schemas.ts';
import type { Io } from './io.ts';

/**
 * Loads the config file with the options of every driver.
 * @throws ConfigError with all faults
 */
export async function readSettings(
  file: string,
  io: Pick<Io, 'env'>,
  options: { missingEnv?: 'fault' | 'notice' } = {},
): Promise<{ settings: Settings; notices: string[] }> {
  return await loadConfig(file, { env: io.env, drivers: driverSchemas(), ...options });
}
