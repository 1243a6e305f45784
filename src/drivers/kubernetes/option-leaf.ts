import { z } from 'zod';
import { formatDuration, parseGoDuration } from '../../util/duration.ts';

/** Name of a cluster or of one of several stacks of a folder: part of keys, so that it needs no escaping there. */
export const name = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'must be made of letters, digits, dots, _ and -');

/** A DNS label, as namespaces and Helm releases are called. */
export const kubeName = z
  .string()
  .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, 'must be a name of lower-case letters, digits and -');

/** A path inside the repository, or a glob over such paths; kept without `./` and slashes at its end. */
export const repoGlob = z
  .string()
  .min(1)
  .refine((text) => !text.startsWith('/') && !text.split('/').includes('..'), {
    error: 'must be relative to the repository’s root, without ..',
  });

/** A Go duration between limits, kept as it is written. */
export function duration({ minMs, maxMs }: { minMs: number; maxMs: number }): z.ZodString {
  return z.string().superRefine((text, context) => {
    const message = durationFault(text, minMs, maxMs);
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  });
}

function durationFault(text: string, minMs: number, maxMs: number): string | undefined {
  try {
    const ms = parseGoDuration(text);
    if (ms < minMs) return `${text} is too short: the least is ${formatDuration(minMs)}`;
    if (ms > maxMs) return `${text} is too long: the most is ${formatDuration(maxMs)}`;
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message.replace(/\.$/, '') : text;
  }
}

/** In whose name requests are made. */
export const impersonation = z.strictObject({
  user: z
    .string()
    .min(1)
    .describe('The user; for a service account `system:serviceaccount:<namespace>:<name>`.'),
  groups: z.array(z.string().min(1)).default([]).describe('Its groups.'),
});
