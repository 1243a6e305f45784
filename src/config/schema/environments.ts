import { z } from 'zod';
import { SEVERITIES } from '../../domain/change.ts';
import { safePatternFault } from '../../domain/approvals/safe-changes.ts';
import { normalizeCron } from '../cron.ts';
import type { Checked } from '../problem.ts';
import { branchName, checkedText, duration, isoMoment, pathGlob, text } from './leaf.ts';

const DAY_MS = 86_400_000;

const name = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, { error: 'must be letters, digits and . _ -' })
  .max(100, { error: 'must have at most 100 characters' });

const severity = z.enum(SEVERITIES);

const source = {
  repo: text
    .optional()
    .describe('Name of a repository of `repos`. Without it: every repository that has such folders.'),
  ref: branchName
    .optional()
    .describe(
      "Branch. Without it: the repository's own. One that the entry under `repos` does not follow is a repo of its own, `<repo>@<branch>`, like the entry in all else. Without `repo`: every repository that follows the branch.",
    ),
  paths: z
    .array(pathGlob)
    .optional()
    .describe(
      'Globs over stack folders, such as `envs/prod/**`. Without it: every stack of that repository and ref.',
    ),
};

const timeZone = checkedText((value): Checked<string> => {
  try {
    return { ok: true, value: new Intl.DateTimeFormat('en', { timeZone: value }).resolvedOptions().timeZone };
  } catch {
    return {
      ok: false,
      message: `"${value}" is not a time zone`,
      suggestion: 'write its IANA name, such as Europe/Berlin or UTC',
    };
  }
});

const safePattern = checkedText((value): Checked<string> => {
  const fault = safePatternFault(value);
  return fault === undefined
    ? { ok: true, value }
    : { ok: false, message: fault, suggestion: 'for example "^docs/"' };
});

const windowSchema = z.strictObject({
  kind: z.enum(['allow', 'deny']).describe('Whether syncs may run in the window, or may not.'),
  schedule: checkedText(normalizeCron).describe('When the window opens: five cron fields.'),
  duration: duration({ minMs: 60_000, maxMs: 366 * DAY_MS }).describe(
    'How long it stays open, such as `8h`.',
  ),
  time_zone: timeZone
    .prefault('UTC')
    .describe('IANA name of the time zone of `schedule`, such as `Europe/Berlin`.'),
  manual_sync: z
    .boolean()
    .default(false)
    .describe('What a person asks for may go through although the window keeps automation out.'),
});

const automatedSchema = z
  .strictObject({
    prune: z.boolean().default(false).describe('Deletions need no person either.'),
    self_heal: z.boolean().default(false).describe('Drift is repaired without a person.'),
    allow_empty: z.boolean().default(false).describe('A plan may leave a stack with nothing.'),
  })
  .optional()
  .describe('What happens without a person’s word. Without this section: nothing.');

const approvalSchema = z
  .strictObject({
    required: z
      .int()
      .min(0, { error: 'must be at least 0' })
      .max(50, { error: 'must be at most 50' })
      .optional()
      .describe('People who must approve a plan; `0` for nobody. Default: 2 for production, else 1.'),
    from_severity: severity
      .optional()
      .describe('Ask only for plans of at least this severity. Without it: for every plan.'),
    destroys: z
      .boolean()
      .optional()
      .describe(
        'Ask for every plan that destroys or replaces something, whatever its severity. Default: true, where anybody is asked; given as `true`, one person is asked even with `required: 0`.',
      ),
    teams: z
      .array(text)
      .optional()
      .describe(
        'Each of these teams must have approved with one of its members. They count for `required`, too.',
      ),
    require_code_owners: z
      .boolean()
      .optional()
      .describe(
        'One owner of every changed file must have approved, by the CODEOWNERS file of the base branch. Default: false.',
      ),
    require_last_push_approval: z
      .boolean()
      .optional()
      .describe(
        'Who pushed last does not count. Authors of the commits and who started the task never do. Default: true.',
      ),
    dismiss_stale: z
      .boolean()
      .optional()
      .describe(
        'Approvals fall when a newer commit touches the stack, its modules or its var files, even if the plan stays the same. Off, they stand as long as it does. Another plan always takes them away, and a rejection stands until it is withdrawn. Default: true.',
      ),
    expires_after: duration({ minMs: 60_000, zero: true })
      .optional()
      .describe('How long a plan waits for people; `0` for ever. Default: `168h`.'),
    remind_every: duration({ minMs: 60_000, zero: true })
      .optional()
      .describe('How often people are reminded; `0` for never. Default: `24h`.'),
    escalate_after: duration({ minMs: 60_000 })
      .optional()
      .describe('When reminders also name `escalate_to`. Without it: never.'),
    escalate_to: z.array(text).optional().describe('People or teams that later reminders name.'),
  })
  .prefault({})
  .describe('Who has to agree before a plan is applied.');

const retrySchema = z
  .strictObject({
    limit: z.int().min(0).max(100).optional().describe('Retries after the first try. Default: 3.'),
    backoff: z
      .strictObject({
        duration: duration({ minMs: 1000 })
          .optional()
          .describe('Pause before the first retry. Default: `5s`.'),
        factor: z
          .number()
          .min(1)
          .max(100)
          .optional()
          .describe('Each further pause is this many times longer. Default: 2.'),
        max_duration: duration({ minMs: 1000 }).optional().describe('Longest pause. Default: `3m`.'),
      })
      .prefault({})
      .describe('Pauses between tries.'),
  })
  .prefault({})
  .describe('Automatic retries of a sync that failed. A newer commit ends them.');

const policySchema = z
  .strictObject({
    automated: automatedSchema,
    approvals: approvalSchema,
    sync_windows: z
      .array(windowSchema)
      .default([])
      .describe('When syncs may run. With `allow` windows only then; `deny` windows always win.'),
    freeze: z
      .strictObject({
        reason: text.describe('Why; shown to everybody whose sync is blocked.'),
        until: isoMoment
          .optional()
          .describe('When the freeze ends: a day (UTC) or a moment. Without it: when it is taken out.'),
      })
      .optional()
      .describe('Nothing is applied.'),
    max_destroys: z
      .strictObject({
        count: z.int().min(0).optional().describe('Most resources that one plan may destroy.'),
        percent: z
          .number()
          .min(0)
          .max(100)
          .optional()
          .describe("The same, as a share of the stack's resources."),
      })
      .prefault({})
      .describe('A plan that would destroy more is blocked. Without a limit: none is.'),
    auto_approve_safe: z
      .union(
        [
          z.literal(false),
          z.strictObject({
            patterns: z
              .array(safePattern)
              .min(1, { error: 'must list at least one pattern' })
              .optional()
              .describe(
                'Regular expressions over changed files. Default: `^docs/`, `^README`, `.*\\.md$`, `^.*\\/values-dev\\.yaml$`.',
              ),
            max_severity: severity.default('low').describe('Most severe change that still counts as safe.'),
          }),
        ],
        { error: 'must be false, or a section with patterns and max_severity' },
      )
      .optional()
      .describe(
        'Plans that need no person where `--auto-approve-safe` asks for it: every changed file matches, and no change is worse. `false` for never. Default: on, but off in production.',
      ),
    retry: retrySchema,
    auto_rollback: z
      .boolean()
      .default(false)
      .describe('A sync whose verification fails is rolled back at once.'),
    require_signed_commits: z
      .boolean()
      .default(false)
      .describe('Only commits with a valid signature are applied (see `commits.allowed_signers`).'),
    validate: z
      .array(text)
      .min(1, { error: 'must name a command' })
      .optional()
      .describe(
        "Command, as a list of its words, that must succeed in the stack's folder after an apply, within `scan.timeout`. One that fails is a failed verification.",
      ),
    queue: z
      .string()
      .regex(/^[A-Za-z0-9._-]+$/, { error: 'must be letters, digits and . _ -' })
      .optional()
      .describe(
        "Task queue of this environment's stacks, for workers that alone hold its credentials: `plumbline worker --queues NAME`. `up` serves all of them.",
      ),
  })
  .prefault({})
  .describe('How the environment is kept.');

/** One entry of `environments`. */
export const environmentSchema = z.strictObject({
  name: name.describe(
    'Name, such as `production`. `prod`, `stage` and `dev` are the short forms of the usual ones.',
  ),
  aliases: z.array(name).default([]).describe('Other names of the same environment.'),
  ...source,
  sources: z
    .array(z.strictObject(source))
    .default([])
    .describe('More places, when the environment draws on several repositories or refs.'),
  order: z
    .int()
    .optional()
    .describe('Lower ones are synced first. Default: development 20, staging 60, others 90, production 100.'),
  policy: policySchema,
});
