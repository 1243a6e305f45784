import { AwsClient } from 'aws4fetch';
import { isJsonObject } from '../../domain/json.ts';
import type { StateLock } from '../../domain/stack.ts';
import { regionOf, type S3Keys, s3Keys, text } from './s3-credentials.ts';
import { type BackendRecord, lockInJson } from './state-lock.ts';

const TIMEOUT_MS = 10_000;

/** What reading a lock needs beside the backend. */
export interface S3Reader {
  workspace: string;
  /** The tool's environment, with its credentials. */
  env: Readonly<Record<string, string>>;
  signal: AbortSignal;
  /** The stack's folder, which relative paths of the backend's settings are of. */
  folder: string;
}

/** A look for a state's lock. */
export interface SeenLock {
  lock: StateLock | null;
  /** A sentence that says why it is not known who holds the lock; left out where that is known, or never can be. */
  unread?: string;
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
 * Who holds the lock of an S3 backend with `use_lockfile`, read from its object. No lock when nobody does, and for any other
 * backend; `unread` says why it is not known.
 */
export async function readS3Lock(
  backend: BackendRecord | undefined,
  { workspace, env, signal, folder }: S3Reader,
): Promise<SeenLock> {
  const url = s3LockUrl(backend, workspace, env);
  if (url === undefined) return { lock: null };
  const config = backend?.config ?? {};
  const look = async () =>
    await fetchLock(url, await s3Keys(config, env, folder), regionOf(config, env), limit);
  const limit = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
  try {
    return { lock: await within(limit, look()) };
  } catch (error) {
    if (signal.aborted) throw error;
    const why = error instanceof Error ? error.message : String(error);
    return { lock: null, unread: `The state's lock in S3 could not be read: ${why}` };
  }
}

async function fetchLock(
  url: string,
  { accessKeyId, secretAccessKey, sessionToken }: S3Keys,
  region: string,
  signal: AbortSignal,
): Promise<StateLock | null> {
  const client = new AwsClient({
    accessKeyId,
    secretAccessKey,
    ...(sessionToken === undefined ? {} : { sessionToken }),
    region,
    service: 's3',
    retries: 0,
  });
  const response = await client.fetch(url, { signal });
  if (response.ok) return lockInJson(await response.text());
  await response.body?.cancel();
  if (response.status === 404) return null;
  throw new Error(`${new URL(url).host} answered ${response.status}.`);
}

/** What comes first: the work, or the end of its time. What the SDK does goes on unheeded. */
async function within<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return await new Promise<T>((resolve, reject) => {
    const end = () =>
      reject(new Error(signal.reason instanceof Error ? signal.reason.message : 'It took too long.'));
    if (signal.aborted) end();
    signal.addEventListener('abort', end, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', end));
  });
}
