import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { refuseSignedTime, SIGNATURE_LIFE_MS } from './signed-time.ts';

const NOW = new Date('2026-03-01T12:00:00Z');

describe('refuseSignedTime', () => {
  it.each([
    ['2026-03-01T12:00:00.000Z', undefined],
    ['2026-03-01T11:00:00.000Z', undefined],
    ['2026-03-01T10:59:59.999Z', 'signed_too_long_ago'],
    ['2026-02-01T12:00:00.000Z', 'signed_too_long_ago'],
    ['2026-03-01T12:05:00.000Z', undefined],
    ['2026-03-01T12:05:00.001Z', 'signed_ahead'],
    ['', 'signed_too_long_ago'],
    ['yesterday', 'signed_too_long_ago'],
  ])('says of what was signed at %j: %s', (at, code) => {
    expect(refuseSignedTime(at, NOW)?.code).toBe(code);
  });

  it('lets nothing through for longer than an hour, but for the clocks', () => {
    fc.assert(
      fc.property(fc.integer({ min: -86_400_000, max: 86_400_000 }), (offsetMs) => {
        const at = new Date(NOW.getTime() + offsetMs).toISOString();
        const laterMs = SIGNATURE_LIFE_MS + 5 * 60_000 + 1;
        expect(
          refuseSignedTime(at, NOW) ?? refuseSignedTime(at, new Date(NOW.getTime() + laterMs)),
        ).toBeDefined();
      }),
    );
  });

  it('says when it was signed, and what to do', () => {
    const message = refuseSignedTime('2026-03-01T10:00:00.000Z', NOW)?.message;
    expect(message).toContain('signed at 2026-03-01T10:00:00.000Z');
    expect(message).toContain('Sign anew');
  });
});
