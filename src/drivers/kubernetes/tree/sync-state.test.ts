import { describe, expect, it } from 'vitest';
import { syncStateOf } from './sync-state.ts';

describe('where a declared object stands', () => {
  it.each([
    { isLive: true, cause: null, couldCompare: true, is: 'synced' },
    { isLive: true, cause: 'drift', couldCompare: true, is: 'drifted' },
    { isLive: true, cause: 'both', couldCompare: true, is: 'drifted' },
    { isLive: true, cause: 'pending', couldCompare: true, is: 'pending' },
    { isLive: false, cause: 'pending', couldCompare: true, is: 'missing' },
    { isLive: false, cause: 'drift', couldCompare: true, is: 'missing' },
    { isLive: true, cause: null, couldCompare: false, is: 'unknown' },
    { isLive: false, cause: null, couldCompare: false, is: 'unknown' },
  ] as const)(
    'is $is when live: $isLive, cause: $cause, compared: $couldCompare',
    ({ cause, is, ...rest }) => {
      expect(syncStateOf({ ...rest, change: cause === null ? null : { cause } })).toBe(is);
    },
  );
});
