import type { AwsClient } from 'aws4fetch';
import { isJsonObject, type JsonObject } from '../../domain/json.ts';
import type { StateLock } from '../../domain/stack.ts';
import { regionOf, text } from './s3-credentials.ts';
import { lockInJson } from './state-lock.ts';

/** Where an S3 backend with `dynamodb_table` keeps its lock; undefined without such a table. */
export function dynamodbLock(
  config: JsonObject,
  env: Readonly<Record<string, string>>,
): { url: string; table: string } | undefined {
  const table = text(config, 'dynamodb_table');
  if (table === '') return undefined;
  const endpoint =
    (isJsonObject(config['endpoints']) ? text(config['endpoints'], 'dynamodb') : '') ||
    text(config, 'dynamodb_endpoint') ||
    (env['AWS_ENDPOINT_URL_DYNAMODB'] ??
      env['AWS_ENDPOINT_URL'] ??
      `https://dynamodb.${regionOf(config, env)}.amazonaws.com`);
  const base = /^https?:\/\//.test(endpoint) ? endpoint : `https://${endpoint}`;
  return { url: `${base.replace(/\/+$/, '')}/`, table };
}

/**
 * Who holds the lock of a state, read from its item: Terraform keeps what it says of the lock in `Info`. Null when nobody does.
 * @param lockId bucket and key of the state, with a slash between
 * @throws Error when the table can't be read
 */
export async function readLockItem(
  client: AwsClient,
  { url, table }: { url: string; table: string },
  lockId: string,
  signal: AbortSignal,
): Promise<StateLock | null> {
  const response = await client.fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'DynamoDB_20120810.GetItem' },
    body: JSON.stringify({ TableName: table, Key: { LockID: { S: lockId } }, ConsistentRead: true }),
    signal,
  });
  const body = await response.text();
  if (!response.ok) throw new Error(`${new URL(url).host} answered ${response.status}.`);
  const answer: unknown = JSON.parse(body);
  const item = isJsonObject(answer) ? answer['Item'] : undefined;
  if (!isJsonObject(item)) return null;
  const info = item['Info'];
  return lockInJson(isJsonObject(info) && typeof info['S'] === 'string' ? info['S'] : '');
}
