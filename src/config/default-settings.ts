import type { Settings } from '../domain/settings.ts';
import { inlineConfigDocument } from './config-document.ts';
import type { ProcessEnv } from './process-env.ts';
import { readConfig } from './read-config.ts';
import type { ConfigInput, DriverSchemas } from './schema/config.ts';

/**
 * Settings without a config file, for local scans and the demo: the defaults, and what `config` says in the file's own
 * keys (for example `{repos: […], git: {allow_local: true}}`).
 * @throws ConfigError when `config` isn't valid
 */
export function defaultSettings(options: {
  /** Relative to `cwd`. */
  dataDir: string;
  env: ProcessEnv;
  cwd?: string;
  config?: ConfigInput;
  drivers?: DriverSchemas;
}): Settings {
  const document = inlineConfigDocument({ ...options.config, data_dir: options.dataDir });
  const context = {
    file: 'The built-in config',
    env: options.env,
    cwd: options.cwd ?? process.cwd(),
    drivers: options.drivers ?? {},
  };
  return readConfig(document, context).settings;
}
