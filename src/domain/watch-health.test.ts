import { describe, expect, it } from 'vitest';
import { watchHealth, type WatchFacts } from './watch-health.ts';

const NOW = new Date('2026-03-04T12:00:00Z');
const ago = (seconds: number) => new Date(NOW.getTime() - seconds * 1000).toISOString();
const WELL: WatchFacts = { since: ago(600), expiresAt: ago(-10), aliveAt: ago(60), error: null };
const ERROR = { code: 'kube_forbidden', message: 'Secrets may not be listed.' };

describe('watchHealth', () => {
  it.each<[string, Partial<WatchFacts>, string]>([
    ['was heard of a minute ago', {}, 'ok'],
    ['was heard of four minutes ago', { aliveAt: ago(240) }, 'silent'],
    ['has just begun', { since: ago(5), aliveAt: null }, 'ok'],
    ['has begun, and nothing was ever heard', { since: ago(40), aliveAt: null }, 'silent'],
    ['lacks a right', { error: ERROR }, 'failing'],
    ['is kept by nobody any more', { expiresAt: ago(1), error: ERROR }, 'unkept'],
  ])('says of one that %s: %s', (_what, facts, expected) => {
    expect(watchHealth({ ...WELL, ...facts }, NOW)).toBe(expected);
  });
});
