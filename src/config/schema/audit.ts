import { z } from 'zod';
import { bucketSchema } from './connections.ts';
import { localPath, text } from './leaf.ts';

const fileSchema = z.strictObject({
  path: localPath.describe('File that only grows, one head per line.'),
});

const lockedBucketSchema = bucketSchema.extend({
  retain_days: z
    .int()
    .positive()
    .optional()
    .describe(
      'Lock each head for so many days (object lock in compliance mode, which the bucket must allow): nobody can remove it before.',
    ),
});

const syslogSchema = z.strictObject({
  host: text.describe('Host of the collector.'),
  port: z.int().min(1).max(65_535).default(514).describe('Its port.'),
  protocol: z.enum(['tcp', 'udp']).default('tcp').describe('How messages are carried.'),
});

const gitRefSchema = z.strictObject({
  repo: text.describe('Name of one of `repos`; its log-in must be allowed to push.'),
  ref: z
    .string()
    .regex(/^refs\/(?!.*(\.\.|\/\/|@\{))[^\s~^:?*[\\]+(?<![/.])$/, {
      error: 'must be the full name of a ref, such as refs/heads/plumbline-audit',
    })
    .default('refs/heads/plumbline-audit')
    .describe('Full name of the ref. It must be for this alone; it is made when it is not there.'),
});

/** One of `audit.anchors`: exactly one of its keys. */
const anchorSchema = z
  .strictObject({
    file: fileSchema
      .optional()
      .describe('A file of this machine: local, so that it never counts as outside the store.'),
    s3: lockedBucketSchema.optional().describe('An S3-compatible bucket, best with object lock.'),
    git: gitRefSchema
      .optional()
      .describe('A ref of a Git repository: each head is a commit on top of the one before, never forced.'),
    syslog: syslogSchema.optional().describe('A syslog collector (RFC 5424). It can not be read back.'),
  })
  .refine((anchor) => Object.values(anchor).filter((each) => each !== undefined).length === 1, {
    error: 'must have exactly one of file, s3, git and syslog',
  });

/** `audit`. */
export const auditSchema = z
  .strictObject({
    anchors: z
      .array(anchorSchema)
      .optional()
      .describe(
        'Where signed heads of the audit log are written besides the store. Default: the file `audit/heads.ndjson` under `data_dir`.',
      ),
  })
  .prefault({})
  .describe('The audit log.');
