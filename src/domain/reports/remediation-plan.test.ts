import { describe, expect, it } from 'vitest';
import { aChange } from '../../../test/support/a-change.ts';
import { DEFAULT_POLICY } from '../eligibility/default-policy.ts';
import { comparePriority, remediationPlan, rollsBack, type RemediationInput } from './remediation-plan.ts';

const critical = aChange({ name: 'admin', severity: 'critical', severityReason: 'access rights' });
const high = aChange({ name: 'subnet', severity: 'high', severityReason: 'networking' });
const medium = aChange({ name: 'config', severity: 'medium', severityReason: 'configuration' });
const low = aChange({ name: 'text', severity: 'low', severityReason: 'keyword "descriptions"' });

function aStack(key: string, changes: Partial<RemediationInput> = {}): RemediationInput {
  return { key, changes: [low, medium, high, critical], dependsOn: [], policy: null, ...changes };
}

describe('remediationPlan', () => {
  it('has the steps that the requirements’ analyzer has, and goes on to the lesser ones', () => {
    const steps = remediationPlan([aStack('envs/prod')]).map((step) => ({
      priority: step.priority,
      description: step.description,
      changes: step.changes,
      approval_required: step.approvalRequired,
      auto_rollback: step.autoRollback,
    }));
    expect(steps).toEqual([
      {
        priority: 'immediate',
        description: 'Put right at once: 1 critical change in envs/prod (1 update): access rights',
        changes: [critical],
        approval_required: true,
        auto_rollback: true,
      },
      {
        priority: 'high',
        description: 'Put right next: 1 high change in envs/prod (1 update): networking',
        changes: [high],
        approval_required: true,
        auto_rollback: false,
      },
      {
        priority: 'normal',
        description: 'Put right in turn: 1 medium change in envs/prod (1 update): configuration',
        changes: [medium],
        approval_required: true,
        auto_rollback: false,
      },
      {
        priority: 'low',
        description: 'Tidy up: 1 low change in envs/prod (1 update): keyword "descriptions"',
        changes: [low],
        approval_required: true,
        auto_rollback: false,
      },
    ]);
  });

  it('asks nobody about a stack of which only a part could be planned, and says why', () => {
    const problems = [{ address: 'bad.yaml:2', code: 'config_invalid', message: 'It has no name.' }];
    const [whole, part] = remediationPlan([
      aStack('a', { changes: [high] }),
      aStack('b', { changes: [high], problems }),
    ]);
    expect([whole?.approvalRequired, whole?.blocked]).toEqual([true, null]);
    expect(part?.approvalRequired).toBe(false);
    expect(part?.blocked).toContain('bad.yaml:2: It has no name.');
  });

  it('follows the policy where it asks nobody, or rolls back by itself', () => {
    const approvals = { ...DEFAULT_POLICY.approvals, fromSeverity: 'high' as const };
    const policy = { ...DEFAULT_POLICY, approvals, autoRollback: true };
    const gone = aChange({ name: 'old', action: 'delete', severity: 'medium' });
    const steps = remediationPlan([aStack('a', { policy }), aStack('b', { policy, changes: [gone] })]);
    expect(steps.map(({ stackKey, approvalRequired }) => [stackKey, approvalRequired])).toEqual([
      ['a', true],
      ['a', true],
      ['a', false],
      ['b', true],
      ['a', false],
    ]);
    expect(steps.every(({ autoRollback }) => autoRollback)).toBe(true);
  });

  it('puts what others depend on first, among steps that are equally pressing', () => {
    const steps = remediationPlan([
      aStack('app', { changes: [high], dependsOn: ['net', 'gone', 'app'] }),
      aStack('net', { changes: [high, low] }),
      aStack('dns', { changes: [critical], dependsOn: ['app'] }),
    ]);
    expect(steps.map(({ priority, stackKey, after }) => [priority, stackKey, after])).toEqual([
      ['immediate', 'dns', ['app']],
      ['high', 'net', []],
      ['high', 'app', ['net']],
      ['low', 'net', []],
    ]);
  });

  it('leaves out what no apply removes, and survives a circle', () => {
    expect(remediationPlan([aStack('a', { changes: [{ ...high, action: 'none' }] })])).toEqual([]);
    const circle = [aStack('a', { dependsOn: ['b'] }), aStack('b', { dependsOn: ['a'] })];
    expect(remediationPlan(circle)).toHaveLength(8);
  });
});

describe('rollsBack', () => {
  it('is always so for critical changes, and for others by policy', () => {
    expect(rollsBack('critical', DEFAULT_POLICY)).toBe(true);
    expect(rollsBack('high', DEFAULT_POLICY)).toBe(false);
    expect(rollsBack(null, { ...DEFAULT_POLICY, autoRollback: true })).toBe(true);
  });
});

describe('comparePriority', () => {
  it('sorts from immediate to low', () => {
    const sorted = (['low', 'immediate', 'normal', 'high'] as const).toSorted(comparePriority);
    expect(sorted).toEqual(['immediate', 'high', 'normal', 'low']);
  });
});
