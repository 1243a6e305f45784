import { describe, expect, it } from 'vitest';
import { anApproval } from '../../../test/support/an-approval.ts';
import { APPROVAL_STATUSES, type Approval } from './approval.ts';
import { whyFallen } from './fallen.ts';

const NOW = new Date('2026-03-02T08:00:00Z');
const fallen = (overrides: Partial<Approval>) => {
  const approval = anApproval({ status: 'approved', commit: 'c1', expiresAt: null, ...overrides });
  return whyFallen(approval, 'c1', NOW);
};

describe('whyFallen', () => {
  it.each(APPROVAL_STATUSES)(
    'lets a sync go on behind an approval only while it stands, or is used: %s',
    (status) => {
      const stands = status === 'approved' || status === 'used';
      expect(fallen({ status }) === undefined).toBe(stands);
    },
  );

  it('says why', () => {
    expect(fallen({ status: 'waiting' })).toBe('What people said of it was taken back.');
    expect(fallen({ status: 'dismissed' })).toBe('Another plan, or a newer commit, has made it stale.');
    expect(whyFallen(undefined, 'c1', NOW)).toBe('People are asked about another plan by now.');
    expect(fallen({ commit: 'c2' })).toBe('People are asked about another plan by now.');
  });

  it('counts an approval whose time is over', () => {
    const expiresAt = '2026-03-02T08:00:00.000Z';
    expect(fallen({ expiresAt })).toBe(`It could not be applied in time (until ${expiresAt}).`);
    expect(fallen({ expiresAt: '2026-03-02T08:00:00.001Z' })).toBeUndefined();
  });
});
