import { describe, expect, it } from 'vitest';
import { AUDIT_ACTIONS as RECORDED } from '../../src/domain/audit/record.ts';
import { actionLabel, AUDIT_ACTIONS } from '../../web/src/features/audit/audit-actions.ts';

describe('AUDIT_ACTIONS', () => {
  it('has words for every action that is recorded', () => {
    expect(AUDIT_ACTIONS.map(({ value }) => value)).toEqual([...RECORDED]);
  });
});

describe('actionLabel', () => {
  it('leaves an action that is not known as it is', () => {
    expect(actionLabel('apply.started')).toBe('Apply started');
    expect(actionLabel('moon.landed')).toBe('moon.landed');
  });
});
