import { describe, expect, it } from 'vitest';
import { isVouched, type StarterClaim, vouchFor } from './starter-voucher.ts';

const KEY = new Uint8Array(32).fill(1);
const AT = '2026-03-02T08:00:00.000Z';
const after = (ms: number) => new Date(Date.parse(AT) + ms);
const HOUR_MS = 3_600_000;
const claim: StarterClaim = { repo: 'infra', kind: 'sync', actor: 'alice@example.com', trigger: 'api' };
const voucher = vouchFor(KEY, claim, { id: 'one', at: AT });

describe('a voucher for the starter of a task', () => {
  it('counts for what it was made for, a day long', () => {
    expect(isVouched(KEY, claim, voucher, after(0))).toBe(true);
    expect(isVouched(KEY, { ...claim, first_trigger: '' }, voucher, after(24 * HOUR_MS))).toBe(true);
    expect(isVouched(KEY, claim, JSON.parse(JSON.stringify(voucher)), after(-60_000))).toBe(true);
    expect(isVouched(KEY, claim, voucher, after(24 * HOUR_MS + 1))).toBe(false);
    expect(isVouched(KEY, claim, voucher, after(-10 * 60_000))).toBe(false);
  });

  it.each<[string, Partial<StarterClaim>]>([
    ['person', { actor: 'bob@example.com' }],
    ['nobody', { actor: '' }],
    ['repo', { repo: 'other' }],
    ['kind', { kind: 'rollback' }],
    ['trigger', { trigger: 'approval' }],
    ['first trigger', { first_trigger: 'auto-rollback' }],
  ])('does not count for another %s', (_what, other) => {
    expect(isVouched(KEY, { ...claim, ...other }, voucher, after(0))).toBe(false);
  });

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['no seal', { ...voucher, seal: undefined as unknown as string }],
    ['another ID', { ...voucher, id: 'two' }],
    ['another time', { ...voucher, at: after(1).toISOString() }],
    ['no time', { ...voucher, at: 'soon' }],
    ['another trigger', { ...voucher, trigger: 'push' }],
    ['half a seal', { ...voucher, seal: voucher.seal.slice(1) }],
    ['a number for a seal', { ...voucher, seal: 7 as unknown as string }],
    ['a seal of another key', vouchFor(new Uint8Array(32), claim, { id: 'one', at: AT })],
  ])('is no voucher with %s', (_what, other) => {
    expect(isVouched(KEY, claim, other, after(0))).toBe(false);
  });

  it('of another try holds where a push has taken that in, and of a push never for another try', () => {
    const retry = { ...claim, trigger: 'retry', first_trigger: 'api' };
    const push = { ...claim, trigger: 'push' };
    const ofRetry = vouchFor(KEY, retry, { id: 'one', at: AT });
    const ofPush = vouchFor(KEY, push, { id: 'one', at: AT });
    expect(isVouched(KEY, retry, ofRetry, after(0))).toBe(true);
    expect(isVouched(KEY, push, ofRetry, after(0))).toBe(true);
    expect(isVouched(KEY, { ...push, first_trigger: 'approval' }, ofRetry, after(0))).toBe(false);
    expect(isVouched(KEY, retry, ofPush, after(0))).toBe(false);
  });
});
