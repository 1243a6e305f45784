import { describe, expect, it } from 'vitest';
import { normalizeCron } from './cron.ts';

describe('normalizeCron', () => {
  it.each([
    ['0 */6 * * *', '0 */6 * * *'],
    ['  */15  *  * * * ', '*/15 * * * *'],
    ['0 3 ? * MON-FRI', '0 3 * * MON-FRI'],
    ['0 0 1,15 jan *', '0 0 1,15 jan *'],
    ['@hourly', '0 * * * *'],
    ['@daily', '0 0 * * *'],
    ['@midnight', '0 0 * * *'],
    ['@weekly', '0 0 * * 0'],
    ['@monthly', '0 0 1 * *'],
    ['@yearly', '0 0 1 1 *'],
    ['@every 15m', '*/15 * * * *'],
    ['@every 6h', '0 */6 * * *'],
    ['@every 1h0m0s', '0 * * * *'],
    ['@every 24h', '0 0 * * *'],
  ])('reads %j as %s', (text, value) => {
    expect(normalizeCron(text)).toEqual({ ok: true, value });
  });

  it.each([
    '',
    '* * * *',
    '0 0 */6 * * *',
    '61 * * * *',
    '* 25 * * *',
    '0 0 L * *',
    '0 0 * * 1#2',
    '0 0 31 2 *',
    '@reboot',
    '@every 7m',
    '@every 36h',
    'TZ=Europe/Berlin 0 6 * * *',
    'a b c d e',
  ])('refuses %j with a suggestion', (text) => {
    expect(normalizeCron(text)).toMatchObject({
      ok: false,
      message: expect.any(String) as string,
      suggestion: expect.any(String) as string,
    });
  });
});
