import { describe, expect, it } from 'vitest';
import {
  aHold,
  anEligibility,
  aPlan,
  aPolicy,
  APPROVED,
  COMMIT,
  FREE,
  GONE,
} from '../../../test/support/an-eligibility.ts';
import { aChange } from '../../../test/support/a-change.ts';
import { decideStack, type EligibilityInput } from './eligibility.ts';

const closed = { kind: 'deny', schedule: '0 9 * * *', durationMs: 8 * 3_600_000, timeZone: 'UTC' } as const;
const PROBLEM = { address: 'web/Service/shop', code: 'kube_invalid', message: 'no such port' };
const elsewhere = aHold({ kind: 'pin', commit: 'b'.repeat(40) });

/** Codes of what is in the way of an approved plan; empty when it is applied. */
function inTheWay(changes: Partial<EligibilityInput>): string[] {
  const { kind, reasons } = decideStack(anEligibility({ approval: APPROVED, ...changes }));
  return kind === 'apply' ? [] : [kind, ...reasons.map(({ code }) => code)];
}

describe('what is in the way of an approved plan', () => {
  it.each<[string, Partial<EligibilityInput>, string | null]>([
    ['a plan that failed', { plan: aPlan({ status: 'errored' }) }, 'plan_errored'],
    [
      'a plan that is not whole',
      { plan: aPlan({ status: 'errored', problems: [PROBLEM] }) },
      'plan_incomplete',
    ],
    ['an unknown state', { plan: aPlan({ status: 'unknown' }) }, 'plan_unknown'],
    ['mock outputs', { mockOutputs: true }, 'mock_outputs'],
    ['a plan that moves', { unstable: ['app.web'] }, 'unstable_plan'],
    ['a pause', { holds: [aHold()] }, 'paused'],
    ['a pause that was ended', { holds: [aHold({ releasedAt: '2026-01-02T00:00:00Z' })] }, null],
    ['a pin to another commit', { holds: [elsewhere] }, 'pinned'],
    ['a pin to this one', { holds: [aHold({ kind: 'pin', commit: COMMIT })] }, null],
    ['a pin to this one, abbreviated', { holds: [aHold({ kind: 'pin', commit: COMMIT.slice(0, 9) })] }, null],
    ['a pin to nothing', { holds: [aHold({ kind: 'pin', commit: null })] }, 'pinned'],
    ['a pin, for a rollback', { mode: 'rollback', holds: [elsewhere] }, null],
    ['a pause, for a rollback', { mode: 'rollback', holds: [aHold()] }, 'paused'],
    ['a freeze', { policy: aPolicy({ freeze: { reason: 'x', until: null } }) }, 'frozen'],
    ['a freeze until today', { policy: aPolicy({ freeze: { reason: 'x', until: '2026-03-04' } }) }, 'frozen'],
    ['one until yesterday', { policy: aPolicy({ freeze: { reason: 'x', until: '2026-03-03' } }) }, null],
    ['one without a clear end', { policy: aPolicy({ freeze: { reason: 'x', until: 'soon' } }) }, 'frozen'],
    ['a closed window', { policy: aPolicy({ windows: [{ ...closed, manual: false }] }) }, 'window_closed'],
    ['one that lets people through', { policy: aPolicy({ windows: [{ ...closed, manual: true }] }) }, null],
    [
      'unsigned commits',
      { policy: aPolicy({ requireSignedCommits: true }), unsignedCommits: 2 },
      'unsigned_commits',
    ],
    ['unsigned commits that are allowed', { unsignedCommits: 2 }, null],
    ['leaving nothing, forbidden', { policy: FREE, plan: aPlan({ emptied: true }) }, 'would_empty'],
    ['leaving nothing, approved', { plan: aPlan({ emptied: true }) }, null],
  ])('%s', (_, changes, code) => {
    expect(inTheWay(changes)).toEqual(code === null ? [] : ['blocked', code]);
  });

  it.each([
    [{ count: 1, percent: null }, 10, 1, true],
    [{ count: 1, percent: null }, 10, 2, false],
    [{ count: 0, percent: null }, 10, 1, false],
    [{ count: null, percent: 20 }, 10, 2, true],
    [{ count: null, percent: 20 }, 10, 3, false],
    [{ count: null, percent: 20 }, 9, 2, false],
    [{ count: null, percent: 20 }, null, 1, false],
    [{ count: null, percent: 20 }, null, 0, true],
  ])('with the cap %o of %s resources lets %i go: %s', (maxDestroys, resources, lost, passes) => {
    const changes = [aChange({ cause: 'pending' }), ...Array.from({ length: lost }, () => GONE)];
    const policy = aPolicy({ maxDestroys });
    expect(inTheWay({ plan: aPlan({ changes, resources }), policy }).length === 0).toBe(passes);
  });

  it('counts what an ignored change destroys', () => {
    const policy = aPolicy({ maxDestroys: { count: 0, percent: null } });
    expect(inTheWay({ plan: aPlan({ ignored: [GONE] }), policy })).toEqual(['blocked', 'too_many_destroys']);
  });

  it('is said with addresses, people, reasons and times', () => {
    const policy = aPolicy({ windows: [{ ...closed, manual: false }] });
    const { reasons } = decideStack(anEligibility({ unstable: ['app.web'], holds: [aHold()], policy }));
    expect(reasons.map(({ message }) => message)).toEqual([
      'Two plans in a row differ, so that nobody can agree with one: app.web.',
      'The environment production was paused by alice@example.com on 2026-01-01T00:00:00.000Z: migration. It must be resumed first.',
      'No sync at this time: a deny window is open ("0 9 * * *" UTC). It opens at 2026-03-04T17:00:00.000Z.',
    ]);
  });
});
