import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../kube/object.ts';
import type { HealthStatus } from '../health/health.ts';
import type { ApplyRules } from './annotations.ts';
import {
  deletesAfter,
  deletesBefore,
  type HookOutcome,
  hookOutcome,
  isCompared,
  namedHook,
} from './hooks.ts';
import type { HookDeletePolicy } from './phases.ts';

function aHook(...deletePolicies: HookDeletePolicy[]): Pick<ApplyRules, 'hook'> {
  return { hook: { deletePolicies } };
}

describe('hookOutcome', () => {
  it.each<[HealthStatus, HookOutcome]>([
    ['healthy', 'succeeded'],
    ['progressing', 'running'],
    ['suspended', 'running'],
    ['degraded', 'failed'],
    ['unknown', 'failed'],
    ['missing', 'failed'],
  ])('%s: %s', (health, outcome) => {
    expect(hookOutcome(health)).toBe(outcome);
  });
});

describe('when a hook is deleted', () => {
  it.each<[HookDeletePolicy, boolean, boolean, boolean]>([
    ['BeforeHookCreation', true, false, false],
    ['HookSucceeded', false, true, false],
    ['HookFailed', false, false, true],
  ])('%s: before %s, after success %s, after failure %s', (policy, before, success, failure) => {
    const hook = aHook(policy);
    expect([deletesBefore(hook), deletesAfter(hook, 'succeeded'), deletesAfter(hook, 'failed')]).toEqual([
      before,
      success,
      failure,
    ]);
    expect(deletesAfter(hook, 'running')).toBe(false);
  });

  it('never, for an object that is no hook', () => {
    expect(deletesBefore({ hook: null })).toBe(false);
    expect(deletesAfter({ hook: null }, 'succeeded')).toBe(false);
  });
});

describe('isCompared', () => {
  it.each<[string, Parameters<typeof isCompared>[0], boolean]>([
    ['an ordinary object', { hook: null, reconcile: true, ssa: 'override' }, true],
    ['a hook', { ...aHook(), reconcile: true, ssa: 'override' }, false],
    ['one that is not reconciled', { hook: null, reconcile: false, ssa: 'override' }, false],
    ['one that is never written', { hook: null, reconcile: true, ssa: 'ignore' }, false],
    ['one that keeps what others added', { hook: null, reconcile: true, ssa: 'merge' }, true],
    ['one that is only created', { hook: null, reconcile: true, ssa: 'ifNotPresent' }, true],
  ])('%s: %s', (_, rules, compared) => {
    expect(isCompared(rules)).toBe(compared);
  });

  it('leaves what is only created alone once it is there', () => {
    expect(isCompared({ hook: null, reconcile: true, ssa: 'ifNotPresent' }, true)).toBe(false);
    expect(isCompared({ hook: null, reconcile: true, ssa: 'override' }, true)).toBe(true);
  });
});

describe('namedHook', () => {
  const sync = {
    commit: '0123456789abcdef',
    phase: 'PreSync' as const,
    startedAt: new Date('2026-03-01T10:00:00Z'),
  };

  it('names a hook by its prefix, the commit, the phase and the start', () => {
    const object = {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { generateName: 'migrate-', labels: { a: 'b' } },
    };
    expect(namedHook(object as unknown as KubeObject, sync).metadata).toEqual({
      name: 'migrate-0123456-presync-1772359200',
      labels: { a: 'b' },
    });
  });

  it('leaves a name that is given', () => {
    const object = {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'migrate', generateName: 'migrate-' },
    };
    expect(namedHook(object, sync)).toBe(object);
  });
});
