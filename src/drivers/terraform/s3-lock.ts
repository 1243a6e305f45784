import { AwsClient } from 'aws4fetch';
import { isJsonObject, type JsonObject } from '../../domain/json.ts';
import type { StateLock } from '../../domain/stack.ts';
import { dynamodbLock, readLockItem } from './dynamodb-lock.ts';
import { regionOf, s3Keys, text } from './s3-credentials.ts';
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
  const path = s3StatePath(backend, workspace);
  if (path === undefined || backend?.config['use_lockfile'] !== true) return undefined;
  const { config } = backend;
  const endpoint =
    (isJsonObject(config['endpoints']) ? text(config['endpoints'], 's3') : '') ||
    text(config, 'endpoint') ||
    (env['AWS_ENDPOINT_URL_S3'] ??
      env['AWS_ENDPOINT_URL'] ??
      `https://s3.${regionOf(config, env)}.amazonaws.com`);
  const base = /^https?:\/\//.test(endpoint) ? endpoint : `https://${endpoint}`;
  return `${base.replace(/\/+$/, '')}/${`${path}.tflock`.split('/').map(encodeURIComponent).join('/')}`;
}

/** Bucket and key of a state in S3, with a slash between; undefined for any other backend. */
function s3StatePath(backend: BackendRecord | undefined, workspace: string): string | undefined {
  if (backend?.type !== 's3') return undefined;
  const { config } = backend;
  const [bucket, own] = [text(config, 'bucket'), text(config, 'key')];
  if (bucket === '' || own === '') return undefined;
  const folder = text(config, 'workspace_key_prefix') || 'env:';
  const key = workspace === 'default' ? own : `${folder}/${workspace}/${own}`;
  return `${bucket}/${key.replace(/^\/+/, '')}`;
}

/**
 * Who holds the lock of an S3 backend, read from its object (`use_lockfile`) and its item (`dynamodb_table`). No lock when nobody
 * does, and for any other backend; `unread` says why it is not known.
 */
export async function readS3Lock(backend: BackendRecord | undefined, reader: S3Reader): Promise<SeenLock> {
  const { workspace, env, signal } = reader;
  const path = s3StatePath(backend, workspace);
  const config = backend?.config ?? {};
  const object = s3LockUrl(backend, workspace, env);
  const table = path === undefined ? undefined : dynamodbLock(config, env);
  const limit = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
  const inS3 = await looked('in S3', signal, async () => {
    if (object === undefined) return null;
    return await within(limit, fetchLock(config, reader, object, limit));
  });
  if (inS3.lock !== null || table === undefined) return inS3;
  const inTable = await looked('in DynamoDB', signal, async () => {
    const read = async () =>
      await readLockItem(await awsClient(config, reader, 'dynamodb'), table, path!, limit);
    return await within(limit, read());
  });
  return inTable.lock === null && inTable.unread === undefined ? inS3 : inTable;
}

/** A look for a lock; why it can't be had is a sentence, unless all of it was cancelled. */
async function looked(
  where: string,
  signal: AbortSignal,
  look: () => Promise<StateLock | null>,
): Promise<SeenLock> {
  try {
    return { lock: await look() };
  } catch (error) {
    if (signal.aborted) throw error;
    const why = error instanceof Error ? error.message : String(error);
    return { lock: null, unread: `The state's lock ${where} could not be read: ${why}` };
  }
}

async function fetchLock(
  config: JsonObject,
  reader: S3Reader,
  url: string,
  signal: AbortSignal,
): Promise<StateLock | null> {
  const client = await awsClient(config, reader, 's3');
  const response = await client.fetch(url, { signal });
  if (response.ok) return lockInJson(await response.text());
  await response.body?.cancel();
  if (response.status === 404) return null;
  throw new Error(`${new URL(url).host} answered ${response.status}.`);
}

/** Signs requests to one of AWS's services with the keys that Terraform itself finds. */
async function awsClient(
  config: JsonObject,
  { env, folder }: S3Reader,
  service: 's3' | 'dynamodb',
): Promise<AwsClient> {
  const { accessKeyId, secretAccessKey, sessionToken } = await s3Keys(config, env, folder);
  return new AwsClient({
    accessKeyId,
    secretAccessKey,
    ...(sessionToken === undefined ? {} : { sessionToken }),
    region: regionOf(config, env),
    service,
    retries: 0,
  });
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
