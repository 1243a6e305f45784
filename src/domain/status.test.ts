import { describe, expect, it } from 'vitest';
import { countCauses, pendingOutputs, stackStatus } from './status.ts';

describe('stackStatus', () => {
  it.each([
    [0, 0, 'in_sync'],
    [2, 0, 'drifted'],
    [0, 1, 'pending'],
    [1, 1, 'drifted_and_pending'],
  ])('calls %d drift and %d pending %s', (drift, pending, status) => {
    expect(stackStatus(drift, pending)).toBe(status);
  });
});

describe('countCauses', () => {
  it('counts a change with both causes on both sides', () => {
    expect(countCauses([{ cause: 'drift' }, { cause: 'both' }, { cause: 'pending' }])).toEqual({
      drift: 2,
      pending: 2,
    });
  });
});

describe('pendingOutputs', () => {
  it('counts outputs when nothing else changes', () => {
    const outputs = [{ action: 'update' }, { action: 'create' }] as const;
    expect(pendingOutputs(outputs, { pending: 0, total: 0 })).toEqual(outputs);
  });

  it('counts none while a pending resource explains them', () => {
    expect(pendingOutputs([{ action: 'create' }], { pending: 1, total: 1 })).toEqual([]);
  });

  it('takes a new output beside mere drift for a change of Git, and another value for a result of the drift', () => {
    const outputs = [{ action: 'create' }, { action: 'update' }] as const;
    expect(pendingOutputs(outputs, { pending: 0, total: 1 })).toEqual([{ action: 'create' }]);
  });

  it('counts another value that no changed resource stands behind, also when all resource changes are ignored', () => {
    const outputs = [{ action: 'update', unexplained: true }] as const;
    expect(pendingOutputs(outputs, { pending: 0, total: 1 })).toEqual(outputs);
  });
});
