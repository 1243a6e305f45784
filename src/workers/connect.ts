import { readFile } from 'node:fs/promises';
import { Client, type ClientPlugin } from '@temporalio/client';
import { NativeConnection, type NativeConnectionOptions } from '@temporalio/worker';
import type { TemporalSettings } from '../domain/settings.ts';
import { PlumblineError } from '../util/errors.ts';

/** A connection to Temporal for workers and clients alike. */
export interface TemporalConnection {
  connection: NativeConnection;
  client: Client;
  namespace: string;
  address: string;
  /** Workers that use the connection must have ended. */
  close(): Promise<void>;
}

/**
 * Connects to a Temporal server.
 * @param options.address instead of the settings', for the embedded server
 * @throws PlumblineError `temporal_unavailable` (retryable), `temporal_tls_invalid`
 */
export async function connectTemporal(
  settings: Pick<TemporalSettings, 'address' | 'namespace' | 'tls' | 'apiKey'>,
  options: { address?: string; plugins?: ClientPlugin[] } = {},
): Promise<TemporalConnection> {
  const address = options.address ?? settings.address;
  if (address === null)
    throw new PlumblineError('temporal_unavailable', 'No address of a Temporal server is known.');
  const connection = await connect({
    address,
    ...(settings.tls === null && settings.apiKey === null ? {} : { tls: await tlsOptions(settings.tls) }),
    ...(settings.apiKey === null ? {} : { apiKey: settings.apiKey }),
  });
  const { namespace } = settings;
  const client = new Client({ connection, namespace, plugins: options.plugins ?? [] });
  return { connection, client, namespace, address, close: () => connection.close() };
}

async function connect(options: NativeConnectionOptions & { address: string }): Promise<NativeConnection> {
  try {
    return await NativeConnection.connect(options);
  } catch (cause) {
    throw new PlumblineError(
      'temporal_unavailable',
      `The Temporal server at ${options.address} can not be reached. Check temporal.address and temporal.tls of the config.`,
      { cause, retryable: true },
    );
  }
}

async function tlsOptions(
  tls: TemporalSettings['tls'],
): Promise<NonNullable<NativeConnectionOptions['tls']>> {
  if (tls === null) return true;
  const [ca, crt, key] = await Promise.all([read(tls.caPath), read(tls.certPath), read(tls.keyPath)]);
  return {
    ...(tls.serverName === null ? {} : { serverNameOverride: tls.serverName }),
    ...(ca === null ? {} : { serverRootCACertificate: ca }),
    ...(crt === null || key === null ? {} : { clientCertPair: { crt, key } }),
  };
}

async function read(path: string | null): Promise<Buffer | null> {
  if (path === null) return null;
  try {
    return await readFile(path);
  } catch (cause) {
    throw new PlumblineError('temporal_tls_invalid', `${path} of temporal.tls can not be read.`, { cause });
  }
}
