import { describe, expect, it } from 'vitest';
import { lockTimeoutMs, terraformOptions } from './options.ts';

describe('lock_timeout', () => {
  it.each([
    [{}, 30_000],
    [{ lock_timeout: '0s' }, 0],
    [{ lock_timeout: '1m30s' }, 90_000],
    [{ lock_timeout: '1h' }, 3_600_000],
  ])('of %j is %d ms', (given, ms) => {
    expect(lockTimeoutMs(terraformOptions.parse(given))).toBe(ms);
  });

  it.each([
    ['5', 'has no unit'],
    ['soon', 'is not a duration'],
    ['-1s', 'is negative'],
    ['1h1s', 'the most is 1h'],
  ])('%s is refused: it %s', (text, why) => {
    const { error } = terraformOptions.safeParse({ lock_timeout: text });
    expect(error?.issues).toMatchObject([{ path: ['lock_timeout'] }]);
    expect(error?.issues[0]?.message).toContain(why);
  });
});
