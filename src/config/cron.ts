import { Cron } from 'croner';
import type { Checked } from './problem.ts';

/** The shorthands of the cron library that driftd uses, as five fields. */
const SHORTHANDS: Readonly<Record<string, string>> = {
  '@hourly': '0 * * * *',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@weekly': '0 0 * * 0',
  '@monthly': '0 0 1 * *',
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
};

/**
 * A schedule as five fields that every cron implementation reads alike: shorthands are written out, `?` becomes `*`.
 * Extensions that only some know (seconds, `L`, `W`, `#`) are refused.
 */
export function normalizeCron(text: string): Checked<string> {
  const trimmed = text.trim().replaceAll(/\s+/g, ' ');
  if (Object.hasOwn(SHORTHANDS, trimmed)) return { ok: true, value: SHORTHANDS[trimmed]! };
  if (trimmed.startsWith('@every')) return everyInterval(trimmed);
  if (trimmed.startsWith('@')) {
    return {
      ok: false,
      message: `"${trimmed}" is not a known shorthand`,
      suggestion: `use one of ${Object.keys(SHORTHANDS).join(', ')}`,
    };
  }
  if (/^(CRON_)?TZ=/.test(trimmed)) {
    return {
      ok: false,
      message: 'a schedule has no time zone: it runs in UTC',
      suggestion: 'leave out the time zone',
    };
  }
  const fields = trimmed.split(' ');
  if (fields.length !== 5) {
    return {
      ok: false,
      message: `a schedule has 5 fields (minute hour day month weekday), not ${trimmed === '' ? 0 : fields.length}`,
      suggestion: 'for example "0 */6 * * *"',
    };
  }
  const expression = fields.map((field) => (field === '?' ? '*' : field)).join(' ');
  const fault = cronFault(expression);
  return fault === undefined
    ? { ok: true, value: expression }
    : { ok: false, message: fault, suggestion: 'for example "0 */6 * * *"' };
}

function cronFault(expression: string): string | undefined {
  const words = expression.replaceAll(
    /\b(JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC|SUN|MON|TUE|WED|THU|FRI|SAT)\b/gi,
    '0',
  );
  const strange = /[^0-9*,/\- ]/.exec(words)?.[0];
  if (strange !== undefined) return `a schedule can't hold "${strange}"`;
  try {
    const cron = new Cron(expression, { mode: '5-part', paused: true, timezone: 'UTC' });
    return cron.nextRun() === null ? 'this schedule never runs' : undefined;
  } catch (error) {
    return error instanceof Error
      ? error.message.replace(/^CronPattern: /, '').replace(/\.$/, '')
      : String(error);
  }
}

/** `@every` counts from the start of the process; intervals that divide an hour or a day have an equal in five fields. */
function everyInterval(text: string): Checked<string> {
  const match = /^@every (?:(\d+)h(?:0m)?(?:0s)?|(\d+)m(?:0s)?)$/.exec(text);
  const hours = match?.[1] === undefined ? 0 : Number(match[1]);
  const minutes = match?.[2] === undefined ? 0 : Number(match[2]);
  if (minutes > 0 && minutes < 60 && 60 % minutes === 0) return { ok: true, value: `*/${minutes} * * * *` };
  if (minutes === 60 || hours === 1) return { ok: true, value: '0 * * * *' };
  if (hours === 24) return { ok: true, value: '0 0 * * *' };
  if (hours > 0 && 24 % hours === 0) return { ok: true, value: `0 */${hours} * * *` };
  return {
    ok: false,
    message: `"${text}" has no equal in five fields`,
    suggestion: 'use an interval that divides an hour or a day, such as "*/15 * * * *" or "0 */6 * * *"',
  };
}
