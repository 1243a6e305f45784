import { z } from 'zod';
import { checkedText, envName, localPath, plainHttpUrl, text } from './leaf.ts';
import { parseListenAddr } from '../listen-addr.ts';
import type { Checked } from '../problem.ts';

/** `redis`: driftd's, accepted and not used. */
export const redisSchema = z
  .strictObject({
    addr: z.string().optional().describe('Not used.'),
    username: z.string().optional().describe('Not used.'),
    password: z.string().optional().describe('Not used.'),
    db: z.int().optional().describe('Not used.'),
  })
  .optional()
  .describe(
    'Accepted so that a driftd config works as it is. Temporal is the queue and the lock; Redis is not needed.',
  );

const tlsSchema = z.strictObject({
  server_name: text
    .optional()
    .describe("Name in the server's certificate, when it differs from the address."),
  ca_path: localPath.optional().describe('PEM file of the authorities to trust instead of the public ones.'),
  cert_path: localPath.optional().describe('PEM file of the client certificate.'),
  key_path: localPath.optional().describe("PEM file of the client certificate's key."),
});

/** `temporal`. */
export const temporalSchema = z
  .strictObject({
    address: z
      .string()
      .regex(/^(\[[0-9A-Fa-f:]+\]|[^\s:/[\]]+):\d{1,5}$/, {
        error: 'must be host:port, such as temporal:7233',
      })
      .optional()
      .describe(
        'Frontend of the Temporal server, `host:port`. Without it, `up` and `serve` start an embedded server.',
      ),
    namespace: text.default('default').describe('Temporal namespace.'),
    tls: z
      .union([z.boolean(), tlsSchema], {
        error: 'must be true, false or a section with server_name, ca_path, cert_path, key_path',
      })
      .optional()
      .describe(
        'TLS to the server: `true` for the public authorities, or a section. On by itself with `api_key_env`.',
      ),
    api_key_env: envName.optional().describe('Environment variable with the API key (Temporal Cloud).'),
    task_queue: text.default('plumbline').describe('Task queue of workflows and light activities.'),
  })
  .prefault({})
  .describe('The Temporal server that runs the tasks.');

const storeUrl = checkedText((value): Checked<string> => {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || !/^postgres(ql)?:$/.test(url.protocol)) {
    return {
      ok: false,
      message: 'must be a postgres:// URL',
      suggestion: 'for example postgres://user@host:5432/plumbline; leave it out for the embedded store',
    };
  }
  return { ok: true, value };
});

/** `store`. */
export const storeSchema = z
  .strictObject({
    url: storeUrl
      .optional()
      .describe('PostgreSQL, `postgres://user@host/database`. It stays in this process.'),
    url_env: envName
      .optional()
      .describe('Environment variable with the URL; better than `url` when it holds a password.'),
  })
  .prefault({})
  .describe('Where tasks, plans and states are kept. Without a URL: SQLite under `data_dir`.');

/** An S3-compatible bucket, and who we are there. */
export const bucketSchema = z.strictObject({
  endpoint: plainHttpUrl.describe('URL of the S3-compatible service.'),
  bucket: text.describe('Bucket; it must exist.'),
  region: text.default('us-east-1').describe('Region.'),
  prefix: z
    .string()
    .regex(/^[A-Za-z0-9._/-]*$/, { error: 'must be letters, digits and . _ / -' })
    .default('')
    .describe('Put before every object key.'),
  access_key_id_env: envName
    .default('AWS_ACCESS_KEY_ID')
    .describe('Environment variable with the access key ID.'),
  secret_access_key_env: envName
    .default('AWS_SECRET_ACCESS_KEY')
    .describe('Environment variable with the secret access key.'),
});

/** `artifacts`. */
export const artifactsSchema = z
  .strictObject({
    s3: bucketSchema.optional().describe('An S3-compatible bucket instead of files under `data_dir`.'),
  })
  .prefault({})
  .describe('Where plan texts, plan JSON, binary plans and logs are kept.');

/** `telemetry`. */
export const telemetrySchema = z
  .strictObject({
    otlp_endpoint: plainHttpUrl
      .optional()
      .describe('OTLP/HTTP endpoint for traces. `OTEL_EXPORTER_OTLP_ENDPOINT` in the environment wins.'),
    log_level: z
      .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
      .default('info')
      .describe('Least level that is logged. `LOG_LEVEL` in the environment wins.'),
    worker_metrics_addr: checkedText(parseListenAddr)
      .optional()
      .describe(
        'Where `worker` serves its `/metrics`, for example `":9090"`. Without it a worker listens nowhere.',
      ),
  })
  .prefault({})
  .describe('Logs, traces and metrics. `up` and `serve` serve `/metrics` with the API.');
