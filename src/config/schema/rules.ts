import { z } from 'zod';
import { ACTIONS, SEVERITIES } from '../../domain/change.ts';
import { DEFAULT_KEYWORDS } from '../../domain/severity/keywords.ts';
import { isoDate, text } from './leaf.ts';

const pointer = z.string().regex(/^(\/([^~/]|~[01])*)+$/, {
  error: 'must be a JSON pointer: / before every step, such as /tags/owner',
});

/** One entry of `ignore`. */
export const ignoreRuleSchema = z
  .strictObject({
    repo: text.optional().describe('Glob over repo names.'),
    stack: text.optional().describe('Glob over stack keys, such as `envs/*`.'),
    address: text
      .optional()
      .describe('Glob over resource addresses, such as `module.net.*`; brackets are literal.'),
    type: text.optional().describe('Glob over resource types, such as `aws_autoscaling_group`.'),
    pointer: pointer
      .optional()
      .describe(
        'JSON pointer of the attribute, such as `/desired_capacity`; a step `*` is any one. Without it the whole change is ignored.',
      ),
    reason: text.describe('Why. Shown wherever something was ignored.'),
    until: isoDate.optional().describe('Last day on which the rule holds, `2026-12-31` (UTC).'),
  })
  .describe('A known difference that is shown, but not counted. All that is given must match.');

/** `severity`. */
export const severitySchema = z
  .strictObject({
    keywords: z
      .strictObject(
        Object.fromEntries(
          SEVERITIES.map((severity) => [
            severity,
            z
              .array(text)
              .default([...DEFAULT_KEYWORDS[severity]])
              .describe(`Words that make a change ${severity}. A list given here replaces the default.`),
          ]),
        ) as Record<(typeof SEVERITIES)[number], z.ZodDefault<z.ZodArray<typeof text>>>,
      )
      .prefault({})
      .describe('Words in resource types, names and attributes; looked at when no rule decides.'),
    rules: z
      .array(
        z.strictObject({
          type: text.optional().describe('Glob over resource types.'),
          pointer: text.optional().describe('Glob over JSON pointers of attributes, such as `/tags*`.'),
          action: z.enum(ACTIONS).optional().describe('Action, such as `delete`.'),
          severity: z.enum(SEVERITIES).describe('What it makes of the change.'),
          reason: text.optional().describe('Shown beside the severity.'),
        }),
      )
      .default([])
      .describe('Rules of your own, tried before the built-in ones; the first that matches wins.'),
  })
  .prefault({})
  .describe('How bad a change is.');
