import { z } from 'zod';
import { duration, envName, localPath, plainHttpUrl, repoPath, text } from './leaf.ts';

const path = localPath.optional().describe('Use this program.');

const toolSchema = z.strictObject({
  path,
  version: text
    .optional()
    .describe("Version constraint in Terraform's language, such as `~> 1.9`, for stacks that state none."),
  releases_url: plainHttpUrl
    .optional()
    .describe('Where releases are downloaded from: a mirror of the official release server.'),
  signing_key: localPath
    .optional()
    .describe(
      'File with the OpenPGP public key that signs the releases. Terraform’s and OpenTofu’s own are known (`tools/keys`). With a key, unsigned releases are refused.',
    ),
});

const unreleasedSchema = z.strictObject({
  path,
  version: text
    .optional()
    .describe("Version constraint in Terraform's language for what is on PATH or in the cache."),
});

const gitSchema = z
  .strictObject({
    path,
    version: text
      .optional()
      .describe(
        "Version constraint in Terraform's language for what is on PATH, such as `>= 2.40`. At least 2.31 in any case.",
      ),
  })
  .optional()
  .describe('How to find `git`.');

/** Programs that the config may speak of, by the name that they are resolved under. */
export const TOOL_NAMES = [
  'terraform',
  'opentofu',
  'terragrunt',
  'temporal',
  'git',
  'sops',
  'kubectl',
  'kustomize',
  'helm',
  'jsonnet',
] as const;
const RELEASED = ['terraform', 'opentofu', 'terragrunt', 'temporal', 'sops'] as const;
/** Found on this machine, or built; nothing is downloaded. */
const UNRELEASED = ['kubectl', 'kustomize', 'helm', 'jsonnet'] as const;

/** Whether releases of a program can be downloaded. */
export function isReleased(name: string): name is (typeof RELEASED)[number] {
  return (RELEASED as readonly string[]).includes(name);
}

/** `toolchain`. */
export const toolchainSchema = z
  .strictObject({
    cache_dir: localPath
      .optional()
      .describe(
        "Where programs and providers are kept. Default: the user's cache folder. `PLUMBLINE_CACHE_DIR` in the environment wins.",
      ),
    download: z.boolean().default(true).describe('May releases be downloaded?'),
    build: z
      .boolean()
      .default(true)
      .describe('May programs be built from Go modules where a download fails?'),
    ...(Object.fromEntries(
      RELEASED.map((name) => [name, toolSchema.optional().describe(`How to find \`${name}\`.`)]),
    ) as Record<(typeof RELEASED)[number], z.ZodOptional<typeof toolSchema>>),
    git: gitSchema,
    ...(Object.fromEntries(
      UNRELEASED.map((name) => [name, unreleasedSchema.optional().describe(`How to find \`${name}\`.`)]),
    ) as Record<(typeof UNRELEASED)[number], z.ZodOptional<typeof unreleasedSchema>>),
  })
  .prefault({})
  .describe('How programs are found: a setting, PATH, the cache, a download, a build.');

/** `scan`. */
export const scanSchema = z
  .strictObject({
    timeout: duration({ minMs: 1000 })
      .prefault('30m')
      .describe('Longest time that planning one stack may take.'),
    grace: duration({ minMs: 1000, maxMs: 600_000 })
      .prefault('10s')
      .describe('Time that a tool has to end by itself when it is stopped.'),
    env: z
      .record(
        envName,
        z.union(
          [
            z.string(),
            z.strictObject({
              from_env: envName.describe("The worker's environment variable to take it from."),
            }),
          ],
          {
            error: 'must be a text in quotes, or {from_env: NAME}',
          },
        ),
      )
      .default({})
      .describe('Environment of the tools: a text, or `{from_env: NAME}` for what is secret.'),
    var_files: z
      .array(repoPath)
      .default([])
      .describe('Variable files for every plan, from the top of the repository.'),
  })
  .prefault({})
  .describe('How stacks are planned.');

/** `worker`. Limits between the keys are seen to by the cross-checks. */
export const workerSchema = z
  .strictObject({
    concurrency: z
      .int()
      .min(1, { error: 'must be at least 1' })
      .max(1000, { error: 'must be at most 1000' })
      .default(5)
      .describe('Stacks that one worker plans at the same time.'),
    lock_ttl: duration({ minMs: 120_000 })
      .prefault('30m')
      .describe('How long a worker may be silent before its job is given to another (at least `2m`).'),
    retry_once: z.boolean().default(true).describe('Plan a failed stack once more where that may help.'),
    task_max_age: duration({ minMs: 1000 })
      .prefault('6h')
      .describe('Longest time that a task may run before it fails.'),
    renew_every: duration({ minMs: 10_000, zero: true })
      .prefault(0)
      .describe(
        'How often a running job says that it is alive. `0` is a third of `lock_ttl`; at least `10s`, at most half of `lock_ttl`.',
      ),
  })
  .prefault({})
  .describe('How jobs are worked on.');
