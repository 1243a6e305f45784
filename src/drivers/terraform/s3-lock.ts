import { AwsClient } from 'aws4fetch';
import { isJsonObject, type JsonObject } from '../../domain/json.ts';
import type { StateLock } from '../../domain/stack.ts';
import type { DriverLog } from '../driver.ts';
import { type BackendRecord, lockInJson } from './state-lock.ts';

const REQUEST_TIMEOUT_MS = 10_000;

/** What reading a lock needs beside the backend. */
export interface S3Reader {
  workspace: string;
  /** The tool's environment, with its credentials. */
  env: Readonly<Record<string, string>>;
  signal: AbortSignal;
  log: DriverLog;
}

/** Where an S3 backend with `use_lockfile` keeps its lock; undefined for any other backend. */
export function s3LockUrl(
  backend: BackendRecord | undefined,
  workspace: string,
  env: Readonly<Record<string, string>> = {},
): string | undefined {
  if (backend?.type !== 's3' || backend.config['use_lockfile'] !== true) return undefined;
  const { config } = backend;
  const [bucket, own] = [text(config, 'bucket'), text(config, 'key')];
  if (bucket === '' || own === '') return undefined;
  const folder = text(config, 'workspace_key_prefix') || 'env:';
  const key = workspace === 'default' ? own : `${folder}/${workspace}/${own}`;
  const path = `${bucket}/${key.replace(/^\/+/, '')}.tflock`;
  const region = regionOf(config, env);
  const endpoint =
    (isJsonObject(config['endpoints']) ? text(config['endpoints'], 's3') : '') ||
    text(config, 'endpoint') ||
    (env['AWS_ENDPOINT_URL_S3'] ?? env['AWS_ENDPOINT_URL'] ?? `https://s3.${region}.amazonaws.com`);
  const base = /^https?:\/\//.test(endpoint) ? endpoint : `https://${endpoint}`;
  return `${base.replace(/\/+$/, '')}/${path.split('/').map(encodeURIComponent).join('/')}`;
}

/**
 * Who holds the lock of an S3 backend with `use_lockfile`, read from its object. Null when nobody does, and where it can't be
 * read: another backend, keys that are neither in the environment nor in the backend's configuration, no answer.
 */
export async function readS3Lock(
  backend: BackendRecord | undefined,
  { workspace, env, signal, log }: S3Reader,
): Promise<StateLock | null> {
  const url = s3LockUrl(backend, workspace, env);
  const config = backend?.config ?? {};
  const accessKeyId = text(config, 'access_key') || (env['AWS_ACCESS_KEY_ID'] ?? '');
  const secretAccessKey = text(config, 'secret_key') || (env['AWS_SECRET_ACCESS_KEY'] ?? '');
  const token = text(config, 'token') || (env['AWS_SESSION_TOKEN'] ?? '');
  if (url === undefined || accessKeyId === '' || secretAccessKey === '') return null;
  const client = new AwsClient({
    accessKeyId,
    secretAccessKey,
    ...(token === '' ? {} : { sessionToken: token }),
    region: regionOf(config, env),
    service: 's3',
    retries: 0,
  });
  try {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]);
    const response = await client.fetch(url, { signal: limit });
    if (response.ok) return lockInJson(await response.text());
    await response.body?.cancel();
    if (response.status !== 404)
      log.warn({ status: response.status }, 'The lock of a state in S3 could not be read');
  } catch (error) {
    if (signal.aborted) throw error;
    log.warn({ err: error }, 'The lock of a state in S3 could not be read');
  }
  return null;
}

function regionOf(config: JsonObject, env: Readonly<Record<string, string>>): string {
  return text(config, 'region') || (env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION'] ?? 'us-east-1');
}

function text(config: JsonObject, name: string): string {
  const value = config[name];
  return typeof value === 'string' ? value : '';
}
