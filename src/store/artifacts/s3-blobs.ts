import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { AwsClient } from 'aws4fetch';
import type { S3Settings } from '../../domain/settings.ts';
import { PlumblineError } from '../../util/errors.ts';
import type { BlobStore } from './blob-store.ts';
import { digestOfBlob } from './digest.ts';
import { parseListing } from './s3-listing.ts';

const REQUEST_TIMEOUT_MS = 60_000;
const RETRY_DELAYS_MS = [100, 400, 1500];
/** An object that was written this short ago need not be written again to be safe from removal. */
const FRESH_MS = 15 * 60_000;

type Send = (
  method: string,
  name: string,
  options?: { body?: Uint8Array; ifNoneMatch?: boolean; query?: URLSearchParams },
) => Promise<Response>;

/**
 * Blobs as objects of an S3-compatible bucket (path style, signature version 4, checksum of the content signed).
 * Failed requests are tried again where that can help.
 */
export function createS3Blobs(settings: S3Settings): BlobStore {
  const send = sender(settings);
  return {
    async put(name, bytes) {
      const response = await send('PUT', name, { body: bytes, ifNoneMatch: true });
      if (response.ok) return;
      // 412: it is there. 409: somebody writes it right now. 400 and 501: the server doesn't know the condition.
      const mayOverwrite = [400, 409, 412, 501].includes(response.status);
      if (!mayOverwrite) throw await refused(settings, 'PUT', response);
      if (response.status === 412 && (await isFresh(send, name, bytes.length))) return;
      await expectOk(settings, 'PUT', await send('PUT', name, { body: bytes }));
    },
    async get(name) {
      const response = await send('GET', name);
      if (response.ok) return new Uint8Array(await response.arrayBuffer());
      const error = await refused(settings, 'GET', response);
      // A missing bucket is a 404 too, and no reason to believe that the object is gone.
      const { status, code } = error.details;
      if (status === 404 && (code === 'NoSuchKey' || code === '')) return undefined;
      throw error;
    },
    async remove(name, minimumAgeMs) {
      const found = await send('HEAD', name);
      // Whoever may not list the bucket is told 403 of what is missing. Without an age nothing is removed.
      if (found.status === 404 || found.status === 403) return;
      await expectOk(settings, 'HEAD', found);
      if (ageMs(found) < minimumAgeMs) return;
      const response = await send('DELETE', name);
      if (response.status !== 404) await expectOk(settings, 'DELETE', response);
    },
    async *old(minimumAgeMs) {
      for await (const page of pagesBelow(settings, send, '')) {
        const old = page.filter(
          ({ name, ageMs }) => ageMs >= minimumAgeMs && digestOfBlob(name) !== undefined,
        );
        if (old.length > 0) yield old.map(({ name }) => name);
      }
    },
    async list(folder) {
      const found: ListedBlob[] = [];
      for await (const page of pagesBelow(settings, send, `${folder}/`)) found.push(...page);
      return found;
    },
  };
}

interface ListedBlob {
  name: string;
  ageMs: number;
}

async function* pagesBelow(settings: S3Settings, send: Send, folder: string): AsyncGenerator<ListedBlob[]> {
  const prefix = `${prefixOf(settings)}${folder}`;
  const query = new URLSearchParams({ 'list-type': '2', 'encoding-type': 'url', prefix });
  for (;;) {
    const response = await send('GET', '', { query });
    if (!response.ok) throw await refused(settings, 'GET', response);
    const now = Date.parse(response.headers.get('date') ?? '') || Date.now();
    const { objects, next } = parseListing(await response.text());
    yield objects
      .filter(({ key }) => key.startsWith(prefix))
      .map(({ key, modifiedMs }) => ({ name: key.slice(prefix.length), ageMs: now - modifiedMs }));
    if (next === null) return;
    query.set('continuation-token', next);
  }
}

/** What all names in the bucket begin with. */
function prefixOf({ prefix }: S3Settings): string {
  const plain = prefix.replace(/^\/+|\/+$/g, '');
  return plain === '' ? '' : `${plain}/`;
}

async function isFresh(send: Send, name: string, sizeBytes: number): Promise<boolean> {
  const found = await send('HEAD', name);
  return found.ok && ageMs(found) < FRESH_MS && Number(found.headers.get('content-length')) === sizeBytes;
}

/** By the server's own clock, which need not be ours. */
function ageMs(response: Response): number {
  const modified = Date.parse(response.headers.get('last-modified') ?? '');
  const now = Date.parse(response.headers.get('date') ?? '') || Date.now();
  // Without a date nothing is known: as if just written.
  return Number.isNaN(modified) ? 0 : now - modified;
}

function sender(settings: S3Settings): Send {
  const { accessKeyId, secretAccessKey, region } = settings;
  const client = new AwsClient({ accessKeyId, secretAccessKey, region, service: 's3', retries: 0 });
  const bucket = `${settings.endpoint.replace(/\/+$/, '')}/${settings.bucket}`;
  const base = `${bucket}/${prefixOf(settings)}`;
  return async (method, name, options = {}) => {
    for (let attempt = 0; ; attempt += 1) {
      const wait = RETRY_DELAYS_MS[attempt];
      try {
        const response = await client.fetch(options.query ? `${bucket}?${options.query}` : `${base}${name}`, {
          method,
          headers: {
            'x-amz-content-sha256': createHash('sha256')
              .update(options.body ?? '')
              .digest('hex'),
            ...(options.body ? { 'content-type': 'application/octet-stream' } : {}),
            ...(options.ifNoneMatch ? { 'if-none-match': '*' } : {}),
          },
          ...(options.body ? { body: options.body as Uint8Array<ArrayBuffer> } : {}),
          signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
        });
        const mayHelp = response.status === 429 || (response.status >= 500 && response.status !== 501);
        if (!mayHelp || wait === undefined) return response;
        await response.body?.cancel();
      } catch (error) {
        if (wait === undefined) throw unreachable(settings, method, error);
      }
      await delay(wait * (0.5 + Math.random()));
    }
  };
}

async function expectOk(settings: S3Settings, method: string, response: Response): Promise<void> {
  if (!response.ok) throw await refused(settings, method, response);
}

async function refused(settings: S3Settings, method: string, response: Response): Promise<PlumblineError> {
  const body = await response.text().catch(() => '');
  const code = /<Code>([^<]{1,80})<\/Code>/.exec(body)?.[1] ?? '';
  const advice =
    response.status === 403 || response.status === 401
      ? ' Check the access key, the secret key, the region and the rights on this bucket.'
      : code === 'NoSuchBucket'
        ? ' Make the bucket first.'
        : '';
  return new PlumblineError(
    'artifact_store_failed',
    `The bucket ${settings.bucket} at ${settings.endpoint} refused ${method} with ${response.status}${code && ` (${code})`}.${advice}`,
    {
      retryable: response.status >= 500 || response.status === 429,
      details: { status: response.status, code },
    },
  );
}

function unreachable(settings: S3Settings, method: string, cause: unknown): PlumblineError {
  return new PlumblineError(
    'artifact_store_failed',
    `The bucket ${settings.bucket} at ${settings.endpoint} can't be reached (${method}). Check the endpoint and the network.`,
    { cause, retryable: true },
  );
}
