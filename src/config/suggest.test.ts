import { describe, expect, it } from 'vitest';
import { didYouMean } from './suggest.ts';

const keys = ['lock_ttl', 'renew_every', 'retry_once', 'concurrency', 'task_max_age'];

describe('didYouMean', () => {
  it.each([
    ['lock_tll', 'lock_ttl'],
    ['lockTTL', 'lock_ttl'],
    ['concurency', 'concurrency'],
    ['retry-once', 'retry_once'],
    ['max_task_age', undefined],
    ['timeout', undefined],
  ])('takes %s for %s', (word, meant) => {
    expect(didYouMean(word, keys)).toBe(meant);
  });
});
