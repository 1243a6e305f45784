import { describe, expect, it } from 'vitest';
import { aHold, aPolicy, COMMIT, FREE } from '../../../test/support/an-eligibility.ts';
import { type AutomationInput, wantedAutomation } from './automation.ts';

const NOW = new Date('2026-03-04T12:00:00Z');
const OLD = 'b'.repeat(40);
const ago = (seconds: number) => new Date(NOW.getTime() - seconds * 1000).toISOString();

function aScanned(changes: Partial<AutomationInput> = {}): AutomationInput {
  return {
    key: 'envs/dev',
    status: 'drifted',
    effective: true,
    digest: 'v1:sha256:one',
    commit: COMMIT,
    policy: FREE,
    holds: [],
    sync: { commit: OLD, heals: [] },
    decidedOn: null,
    leased: false,
    ...changes,
  };
}

const NO_HEALING = aPolicy({ automated: { prune: false, selfHeal: false, allowEmpty: false } });
const CLOSED = {
  kind: 'deny',
  schedule: '0 9 * * *',
  durationMs: 8 * 3_600_000,
  timeZone: 'UTC',
  manual: true,
} as const;
const pin = (commit: string) => aHold({ kind: 'pin', scope: 'stack', name: 'envs/dev', commit });

describe('wantedAutomation', () => {
  it.each<[string, Partial<AutomationInput>, 'reconcile' | 'sync' | null]>([
    ['drift, where drift heals itself', {}, 'reconcile'],
    ['drift, where it is left to people', { policy: NO_HEALING }, null],
    ['what Git wants, in an automated environment', { status: 'pending', policy: NO_HEALING }, 'sync'],
    ['drift and what Git wants', { status: 'drifted_and_pending' }, 'sync'],
    ['an environment that is not automated', { status: 'pending', policy: aPolicy() }, null],
    ['a stack in sync', { status: 'in_sync', effective: false }, null],
    ['a plan that failed', { status: 'errored' }, null],
    ['a stack of which nothing is known', { status: 'unknown' }, null],
    ['drift that no apply removes', { effective: false }, null],
    ['a pause', { holds: [aHold()] }, null],
    ['a freeze', { policy: { ...FREE, freeze: { reason: 'x', until: null } } }, null],
    ['a closed window, though people may pass', { policy: { ...FREE, windows: [CLOSED] } }, null],
    ['a sync of what is pinned to another commit', { status: 'pending', holds: [pin(OLD)] }, null],
    ['a repair of what is pinned to what was synced', { holds: [pin(OLD)] }, 'reconcile'],
    ['a repair just after the last', { sync: { commit: OLD, heals: [ago(1)] } }, null],
    ['a repair long enough after the last', { sync: { commit: OLD, heals: [ago(3)] } }, 'reconcile'],
    ['a repair that does not hold', { sync: { commit: OLD, heals: [ago(17), ago(40), ago(90)] } }, null],
    ['a plan that people are asked about', { status: 'pending', decidedOn: 'v1:sha256:one' }, null],
    ['a plan that took another’s place', { status: 'pending', decidedOn: 'v1:sha256:old' }, 'sync'],
    ['a stack that somebody works on', { leased: true }, null],
    [
      'what Git wants, where its definition leaves syncs to people',
      { status: 'pending', stackPolicy: { from: 'Application argocd/shop', automated: null } },
      null,
    ],
    [
      'drift of a stack that rests',
      { stackPolicy: { from: 'Kustomization flux-system/shop', suspended: true } },
      null,
    ],
  ])('%s', (_, changes, mode) => {
    const stack = aScanned(changes);
    expect(wantedAutomation([stack], NOW)).toEqual({
      reconcile: mode === 'reconcile' ? [stack.key] : [],
      sync: mode === 'sync' ? [stack.key] : [],
    });
  });
});
