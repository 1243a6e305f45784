import { describe, expect, it } from 'vitest';
import type { AttemptProcess } from './attempt.ts';
import { isLockOf, mayBeLockOf } from './lock-owner.ts';
import type { StateLock } from './stack.ts';

const worker: AttemptProcess = { host: 'build-1', pid: 7, startedAt: '1', bootId: 'b', pidNamespace: 'n' };
const attempt = {
  worker,
  tool: null,
  startedAt: '2026-03-04T12:00:00.000Z',
  endedAt: '2026-03-04T12:30:00.000Z',
};
const lock: StateLock = {
  id: 'l-1',
  who: 'plumbline@build-1',
  operation: 'OperationTypeApply',
  created: '2026-03-04T12:01:00.000Z',
};

describe('whose lock it is', () => {
  it.each<[string, Partial<StateLock>, boolean, boolean]>([
    ['on its host, while it ran', {}, true, true],
    ['on another host', { who: 'alice@laptop' }, false, false],
    ['a minute early, by another clock', { created: '2026-03-04T11:59:30.000Z' }, true, true],
    ['before it', { created: '2026-03-04T11:00:00.000Z' }, false, false],
    ['after it', { created: '2026-03-04T13:00:00.000Z' }, false, false],
    ['by nobody', { who: '' }, true, false],
    ['at no time', { created: '' }, true, false],
  ])('taken %s', (_, changes, maybe, surely) => {
    expect(mayBeLockOf({ ...lock, ...changes }, attempt)).toBe(maybe);
    expect(isLockOf({ ...lock, ...changes }, attempt)).toBe(surely);
  });

  it('is of the tool’s host, where that is known', () => {
    const tool = { ...worker, host: 'build-2' };
    expect(isLockOf(lock, { ...attempt, tool })).toBe(false);
    expect(isLockOf({ ...lock, who: 'plumbline@build-2' }, { ...attempt, tool, endedAt: null })).toBe(true);
  });
});
