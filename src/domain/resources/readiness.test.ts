import { describe, expect, it } from 'vitest';
import { readiness } from './readiness.ts';

const COMMIT = '0123456789abcdef0123456789abcdef01234567';
const CLEAN = { status: 'in_sync', drift: 0, pending: 0, commit: COMMIT, error: null, health: null } as const;
const doing = <T extends string>(status: T) => ({ health: { status, reason: 'why' } });
const failed = (message: string) => ({ error: { code: 'some_code', message } });

describe('whether a stack is ready', () => {
  it.each([
    { of: CLEAN, ready: 'True', message: 'In sync at 0123456789ab' },
    { of: { ...CLEAN, ...doing('healthy') }, ready: 'True', message: 'In sync at 0123456789ab' },
    { of: { ...CLEAN, ...doing('suspended') }, ready: 'True', message: 'In sync at 0123456789ab; why' },
    { of: { ...CLEAN, ...doing('progressing') }, ready: 'Unknown', message: 'why' },
    { of: { ...CLEAN, ...doing('degraded') }, ready: 'False', message: 'why' },
    { of: { ...CLEAN, ...doing('missing') }, ready: 'False', message: 'why' },
    { of: { ...CLEAN, status: 'drifted', drift: 2 }, ready: 'False', message: '2 drifted' },
    {
      of: { ...CLEAN, status: 'pending', pending: 1, ...doing('healthy') },
      ready: 'False',
      message: '1 pending at 0123456789ab',
    },
    {
      of: { ...CLEAN, status: 'drifted_and_pending', drift: 1, pending: 3 },
      ready: 'False',
      message: '1 drifted, 3 pending at 0123456789ab',
    },
    { of: { ...CLEAN, status: 'errored', ...failed('no kind') }, ready: 'False', message: 'no kind' },
    { of: { ...CLEAN, status: 'unknown', ...failed('silence') }, ready: 'Unknown', message: 'silence' },
    { of: { ...CLEAN, status: 'unknown', commit: null }, ready: 'Unknown', message: 'Not scanned yet' },
  ] as const)('$of.status and $of.health.status: $ready, $message', ({ of, ready, message }) => {
    expect(readiness(of)).toEqual({ ready, message });
  });
});
