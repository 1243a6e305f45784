import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { createApiClient, type ApiClient } from './api-client.ts';
import type { Io } from './io.ts';
import { readSettings } from './read-settings.ts';

/** Options of every command that talks to a running Plumbline. */
export interface ServerOptions {
  server?: string;
  config?: string;
}

/** Adds `--server` and `--config` to a command. */
export function withServerOptions(command: Command): Command {
  return command
    .option(
      '--server <url>',
      'address of Plumbline (default: PLUMBLINE_URL, or the config file’s listen_addr)',
    )
    .option('--config <file>', 'config file whose listen_addr is used', undefined);
}

/** The client for `--server`, else PLUMBLINE_URL, else the config file's address, else port 8080 of this machine. */
export async function clientFor(options: ServerOptions, io: Io): Promise<ApiClient> {
  const token = io.env['PLUMBLINE_TOKEN'];
  const named = options.server ?? io.env['PLUMBLINE_URL'];
  if (named) return createApiClient({ baseUrl: named, token });
  const file = options.config ?? (existsSync('config.yaml') ? 'config.yaml' : undefined);
  if (!file) return createApiClient({ baseUrl: 'http://127.0.0.1:8080', token });
  const { settings } = await readSettings(file, io, { missingEnv: 'notice' });
  const host = ['0.0.0.0', '::', ''].includes(settings.listen.host) ? '127.0.0.1' : settings.listen.host;
  return createApiClient({
    baseUrl: `http://${host.includes(':') ? `[${host}]` : host}:${settings.listen.port}`,
    token,
  });
}
