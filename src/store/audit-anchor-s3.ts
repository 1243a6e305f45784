import { createHash } from 'node:crypto';
import { AwsClient } from 'aws4fetch';
import type { AuditHead } from '../domain/audit/record.ts';
import type { S3Settings } from '../domain/settings.ts';
import { PlumblineError } from '../util/errors.ts';
import { type HeadAnchor, headLine, headOf } from './audit-anchor.ts';

const REQUEST_TIMEOUT_MS = 30_000;
const DAY_MS = 86_400_000;

/**
 * An S3-compatible bucket: each head is an object of its own, `<prefix>audit-heads/<seq>-<hash>.json`. With `retainDays` it is
 * locked in compliance mode, so that nobody can change or remove it before, whatever their rights.
 */
export function s3Anchor(
  settings: S3Settings & { retainDays: number | null },
): HeadAnchor & { read(): Promise<AuditHead[]> } {
  const name = `s3 ${settings.bucket} at ${settings.endpoint}`;
  const folder = [settings.prefix.replace(/^\/+|\/+$/g, ''), 'audit-heads/'].filter(Boolean).join('/');
  const send = sender(settings, name);
  return {
    name,
    outside: true,
    write: async (head) => {
      const key = `${folder}${String(head.seq).padStart(12, '0')}-${head.hash.slice(0, 16)}.json`;
      await send('PUT', key, { body: headLine(head), headers: lockOf(settings.retainDays) });
    },
    read: async () => {
      const heads: AuditHead[] = [];
      for await (const key of keysBelow(send, folder)) {
        heads.push(headOf(await (await send('GET', key)).text(), name));
      }
      return heads;
    },
  };
}

/** From now on: a head that could not be written for long is still kept for all its days. */
function lockOf(retainDays: number | null): Record<string, string> {
  if (retainDays === null) return {};
  return {
    'x-amz-object-lock-mode': 'COMPLIANCE',
    'x-amz-object-lock-retain-until-date': new Date(Date.now() + retainDays * DAY_MS).toISOString(),
  };
}

type Send = (
  method: 'GET' | 'PUT',
  path: string,
  more?: { body?: string; headers?: Record<string, string> },
) => Promise<Response>;

function sender(settings: S3Settings, name: string): Send {
  const { accessKeyId, secretAccessKey, region, endpoint, bucket } = settings;
  const client = new AwsClient({ accessKeyId, secretAccessKey, region, service: 's3', retries: 2 });
  return async (method, path, { body = '', headers = {} } = {}) => {
    const digest = (algorithm: string) => createHash(algorithm).update(body);
    const response = await client.fetch(`${endpoint.replace(/\/+$/, '')}/${bucket}/${path}`, {
      method,
      headers: {
        ...headers,
        'x-amz-content-sha256': digest('sha256').digest('hex'),
        // A locked object is only taken with it.
        ...(method === 'PUT' ? { 'content-md5': digest('md5').digest('base64') } : {}),
      },
      ...(method === 'PUT' ? { body } : {}),
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
    if (response.ok) return response;
    const code = /<Code>([^<]{1,80})<\/Code>/.exec(await response.text().catch(() => ''))?.[1] ?? '';
    throw new PlumblineError(
      'audit_anchor_failed',
      `The anchor ${name} refused ${method} with ${response.status}${code && ` (${code})`}.`,
      { retryable: true, details: { status: response.status, code } },
    );
  };
}

/** Keys, ascending; ours have no characters that XML writes differently. */
async function* keysBelow(send: Send, folder: string): AsyncGenerator<string> {
  for (let token = ''; ;) {
    const next = token === '' ? '' : `&continuation-token=${encodeURIComponent(token)}`;
    const text = await (await send('GET', `?list-type=2&prefix=${encodeURIComponent(folder)}${next}`)).text();
    for (const [, key] of text.matchAll(/<Key>([^<]+)<\/Key>/g)) yield key!;
    token = /<NextContinuationToken>([^<]+)</.exec(text)?.[1] ?? '';
    if (token === '') return;
  }
}
