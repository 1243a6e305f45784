import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KubeRequest } from './cluster.ts';
import { isSafeToRepeat, retryAfterMs, retryPauseMs, type Outcome } from './retry.ts';

const APPLY = 'application/apply-patch+yaml';
const anObject = (metadata: Record<string, string>) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata });

describe('isSafeToRepeat', () => {
  it.each<[string, Omit<KubeRequest, 'path'>, boolean]>([
    ['a read', { method: 'GET' }, true],
    ['a deletion', { method: 'DELETE' }, true],
    ['a creation', { method: 'POST', body: anObject({ name: 'a' }) }, false],
    ['a creation that is only tried', { method: 'POST', query: { dryRun: 'All' } }, true],
    ['a replacement', { method: 'PUT' }, false],
    ['an apply', { method: 'PATCH', contentType: APPLY, body: anObject({ name: 'a' }) }, true],
    [
      'an apply that is bound to a version',
      { method: 'PATCH', contentType: APPLY, body: anObject({ name: 'a', resourceVersion: '7' }) },
      false,
    ],
    ['a JSON patch', { method: 'PATCH', contentType: 'application/json-patch+json', body: [] }, false],
    ['a merge patch', { method: 'PATCH', contentType: 'application/merge-patch+json', body: {} }, false],
  ])('of %s', (_, request, safe) => {
    expect(isSafeToRepeat(request)).toBe(safe);
  });
});

describe('retryPauseMs', () => {
  const status = (code: number, afterMs: number | null = null): Outcome => ({
    kind: 'status',
    status: code,
    retryAfterMs: afterMs,
  });

  it.each<[string, number, Outcome, boolean, number | null]>([
    ['what was throttled waits as long as it is told', 1, status(429, 3000), false, 3200],
    ['what was throttled without a time waits a second', 1, status(429), false, 1200],
    ['what was throttled five times is given up', 5, status(429, 1000), true, null],
    ['a failure that names a time is tried again where that is safe', 1, status(503, 1000), true, 1200],
    ['and not where it is not', 1, status(503, 1000), false, null],
    ['a failure without a time is none that passes', 1, status(500), true, null],
    ['a refusal stays one', 1, status(403, 1000), true, null],
    ['what was never sent is sent again, whatever it is', 1, { kind: 'unsent' }, false, 200],
    ['twice', 2, { kind: 'unsent' }, false, 400],
    ['and no more', 3, { kind: 'unsent' }, false, null],
    ['what may have been done is repeated where that is safe', 1, { kind: 'broken' }, true, 200],
    ['and only there', 1, { kind: 'broken' }, false, null],
  ])('%s', (_, tries, outcome, safe, pause) => {
    expect(retryPauseMs(tries, outcome, safe, 1)).toBe(pause);
  });

  it('never waits less than the server asks, nor for ever', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 0, max: 10_000_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (tries, after, random) => {
          const pause = retryPauseMs(tries, status(429, after), false, random) ?? -1;
          expect(pause).toBeGreaterThanOrEqual(Math.min(after, 30_000));
          expect(pause).toBeLessThanOrEqual(60_000);
        },
      ),
    );
  });
});

describe('retryAfterMs', () => {
  it.each([
    ['2', null, 2000],
    ['2', 5, 2000],
    [undefined, 5, 5000],
    ['Wed, 21 Oct 2026 07:28:00 GMT', null, null],
    [undefined, null, null],
  ])('of the header %s and the Status’s %s is %s', (header, seconds, ms) => {
    expect(retryAfterMs(header, seconds)).toBe(ms);
  });
});
