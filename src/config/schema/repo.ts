import { z } from 'zod';
import { REPO_NAME_PATTERN } from '../../domain/ids.ts';
import { normalizeCron } from '../cron.ts';
import { checkedText, duration, envName, localPath, pathGlob, plainHttpUrl, repoPath, text } from './leaf.ts';
import type { Checked } from '../problem.ts';

/** `repos[].git`. Which keys are needed depends on the type; the cross-checks see to that. */
const gitAuthSchema = z
  .strictObject({
    type: z
      .enum(['ssh', 'https', 'github_app'], { error: 'must be ssh, https or github_app' })
      .describe('How to log in: `ssh`, `https` or `github_app`.'),
    ssh_key_path: localPath.optional().describe('`ssh`: private key file.'),
    ssh_known_hosts_path: localPath
      .optional()
      .describe(
        "`ssh`: file of the host keys to trust. Unknown hosts are always refused. Default: the user's own file.",
      ),
    https_token_env: envName
      .optional()
      .describe('`https`: environment variable of the worker that holds the token.'),
    https_username: text.default('x-access-token').describe('`https`: user name that goes with the token.'),
    github_app: z
      .strictObject({
        app_id: z.int().positive().describe('ID of the GitHub App.'),
        installation_id: z.int().positive().describe('ID of its installation.'),
        private_key_path: localPath.describe("PEM file of the app's private key."),
        api_url: plainHttpUrl.prefault('https://api.github.com').describe('API of GitHub Enterprise Server.'),
      })
      .optional()
      .describe('`github_app`: short-lived tokens of an app installation.'),
  })
  .optional()
  .describe(
    'How to log in to a private repository. Without it: the ambient SSH set-up, or a token in the URL (it is kept out of everything that is stored or shown).',
  );

/** `discovery`, at the top and per repo. */
export const discoverySchema = z.strictObject({
  include: z
    .array(pathGlob)
    .optional()
    .describe('Globs of folders to look in, such as `envs/**`. Default: everywhere.'),
  exclude: z.array(pathGlob).optional().describe('Globs of folders to leave out, such as `**/examples/**`.'),
});

const schedule = checkedText((value): Checked<string | null> =>
  value.trim() === '' ? { ok: true, value: null } : normalizeCron(value),
);

/** One entry of `repos`. */
export const repoSchema = z.strictObject({
  name: z
    .string()
    .regex(REPO_NAME_PATTERN, { error: 'must be letters, digits and . _ -' })
    .max(100, { error: 'must have at most 100 characters' })
    .refine((name) => name !== '.' && name !== '..', { error: 'must not be . or ..' })
    .describe('Name in URLs, IDs and records. Letters, digits and `. _ -`; each only once.'),
  url: text.describe('Where to clone from: `https://`, `ssh://` or `git@host:path`.'),
  branch: z
    .string()
    .regex(/^(?!-)(?!.*\.\.)[^\s~^:?*[\\]+$/, { error: 'is not a branch name' })
    .optional()
    .describe("Branch that is scanned. Default: the remote's own default branch."),
  cancel_inflight_on_new_trigger: z
    .boolean()
    .default(false)
    .describe('A new scan request cancels the running scan of this repo instead of being refused.'),
  git: gitAuthSchema,
  schedule: schedule
    .optional()
    .describe(
      'When to scan by itself: five cron fields, or `@hourly`, `@daily`, `@weekly`, `@monthly`, `@yearly`. In UTC. Leave out for none.',
    ),
  sync_schedule: schedule
    .optional()
    .describe('When to sync by itself, in the same form: what the policy leaves to people waits for them.'),
  reconcile_schedule: schedule
    .optional()
    .describe('When to repair drift by itself, in the same form, where the environment has `self_heal`.'),
  interval: duration({ minMs: 10_000, maxMs: 86_400_000, zero: true })
    .optional()
    .describe(
      'How often the Git host is asked for the newest commit, from `10s` to `24h`; `0` for never. A new commit is synced where an environment is `automated`, and shown by a scan elsewhere; without one, environments with `self_heal` are repaired. Default: `1m` where an automated environment draws on the repository, else never.',
    ),
  stacks: z
    .array(repoPath)
    .optional()
    .describe('Stack folders, from the top of the repository. Without it they are discovered.'),
  depends_on: z
    .record(z.string(), z.array(repoPath))
    .optional()
    .describe(
      'Order among stacks: for each, by folder (`folder@workspace` for one workspace), those that must be applied before it. Added to what Terragrunt and `atlantis.yaml` say.',
    ),
  discovery: discoverySchema
    .optional()
    .describe(
      'Where to look for stacks; a key given here replaces the same key of the top-level `discovery`.',
    ),
  submodules: z.boolean().default(false).describe('Also check out submodules.'),
});
