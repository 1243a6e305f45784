import { PlumblineError } from '../util/errors.ts';

/**
 * One spelling for every time that is stored, `2026-01-31T12:00:00.000Z`, so that times compare as text.
 * @throws PlumblineError `time_invalid` when the text is no time
 */
export function utc(time: string): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) {
    throw new PlumblineError('time_invalid', `"${time}" is not an ISO 8601 time.`);
  }
  return date.toISOString();
}
