import { z } from 'zod';
import { formatDuration, parseGoDuration } from '../../util/duration.ts';

/** Longest time that an apply may wait for a state's lock: its place on the worker is taken meanwhile. */
const MAX_LOCK_TIMEOUT_MS = 60 * 60_000;

/** A Go duration up to an hour, kept as it is written. */
const lockTimeout = z.string().superRefine((text, context) => {
  const message = faultOf(text);
  if (message !== undefined) context.addIssue({ code: 'custom', message });
});

/**
 * Options that Terraform's and OpenTofu's drivers share, under `drivers.terraform` and `drivers.opentofu`.
 * Globs are over folders relative to the repository's root.
 */
export const terraformOptionsShape = {
  workspaces: z
    .record(z.string(), z.array(z.string().min(1)).min(1))
    .default({})
    .describe(
      'Workspaces by path glob: each is a stack of its own, e.g. {"envs/*": ["staging", "production"]}.',
    ),
  backend_config: z
    .record(z.string(), z.string())
    .default({})
    .describe(
      'Given to init as -backend-config, for partial backend configuration. No secrets: use the environment.',
    ),
  lock_timeout: lockTimeout
    .default('30s')
    .describe(
      'How long an apply or a restore waits for a state lock that somebody holds, at most `1h`; `0s`: not at all.',
    ),
  parallelism: z
    .int()
    .min(1)
    .max(256)
    .optional()
    .describe('How many resources one plan reads at once; the tool has its own default (10).'),
};

export const terraformOptions = z.strictObject(terraformOptionsShape);
export type TerraformOptions = z.infer<typeof terraformOptions>;

/** How long a stack's state lock is waited for. */
export function lockTimeoutMs({ lock_timeout: text }: Pick<TerraformOptions, 'lock_timeout'>): number {
  return parseGoDuration(text);
}

function faultOf(text: string): string | undefined {
  try {
    const ms = parseGoDuration(text);
    if (ms < 0) return `${text} is negative`;
    if (ms > MAX_LOCK_TIMEOUT_MS)
      return `${text} is too long: the most is ${formatDuration(MAX_LOCK_TIMEOUT_MS)}`;
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message.replace(/\.$/, '') : text;
  }
}
