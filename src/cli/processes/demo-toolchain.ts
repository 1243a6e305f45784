import { join } from 'node:path';
import { defaultSettings } from '../../config/default-settings.ts';
import { driverSchemas } from '../../local/driver-schemas.ts';
import { createToolchain } from '../../toolchain/toolchain.ts';
import { baseEnv } from '../../util/exec-env.ts';
import { createRedactor } from '../../util/redact.ts';
import type { Io } from '../io.ts';

/** The toolchain of the demonstration: what it downloads and builds is shown while it goes on. */
export function demoToolchain(dir: string, io: Io) {
  const settings = defaultSettings({ dataDir: join(dir, 'data'), env: io.env, drivers: driverSchemas() });
  return createToolchain({
    settings: settings.published.toolchain,
    cacheDir: settings.cacheDir,
    baseEnv: baseEnv(io.env),
    redactor: createRedactor(),
    onProgress: (message) => io.progress(`     ${message}`),
  });
}
