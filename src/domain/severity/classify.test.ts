import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anAttribute, anIgnoreRule, aRawChange, severitySettings } from '../../../test/support/a-change.ts';
import { CAUSES, type OutputChange } from '../change.ts';
import { classifyPlan, type ClassifyRules } from './classify.ts';

const rules: ClassifyRules = {
  severity: severitySettings(),
  ignore: [],
  repo: 'my-infra',
  stackKey: 'envs/prod',
  now: new Date('2026-03-10T00:00:00Z'),
};
const output: OutputChange = { name: 'url', action: 'create', before: null, after: 'x', sensitive: false };

describe('classifyPlan', () => {
  it('calls an empty plan in sync, without a severity', () => {
    expect(classifyPlan({ changes: [], outputs: [] }, rules)).toEqual({
      status: 'in_sync',
      changes: [],
      ignored: [],
      drift: 0,
      pending: 0,
      severity: null,
    });
  });

  it('calls a plan with both causes drifted and pending, whether in one change or in two', () => {
    const both = classifyPlan({ changes: [aRawChange({ cause: 'both' })], outputs: [] }, rules);
    expect(both).toMatchObject({ status: 'drifted_and_pending', drift: 1, pending: 1 });
    const mixed = [aRawChange({ cause: 'drift' }), aRawChange({ cause: 'pending', name: 'other' })];
    expect(classifyPlan({ changes: mixed, outputs: [] }, rules).status).toBe('drifted_and_pending');
  });

  it('counts a plan that only changes outputs as pending', () => {
    expect(classifyPlan({ changes: [], outputs: [output] }, rules)).toMatchObject({
      status: 'pending',
      pending: 1,
    });
  });

  it('does not count what is ignored, but lists it with its rule', () => {
    const ignore = [
      anIgnoreRule({ type: 'example_thing', reason: 'handled by the scaler', until: '2026-12-31' }),
    ];
    const result = classifyPlan({ changes: [aRawChange()], outputs: [] }, { ...rules, ignore });
    expect(result).toMatchObject({ status: 'in_sync', drift: 0, changes: [], severity: null });
    expect(result.ignored[0]?.ignored).toEqual({
      reason: 'handled by the scaler',
      rule: 'type=example_thing',
      until: '2026-12-31',
    });
  });

  it('takes the severity from what is left after the ignored attributes', () => {
    const change = aRawChange({
      kind: 'aws_iam_role',
      attributes: [anAttribute('/assume_role_policy'), anAttribute('/description')],
    });
    const ignore = [anIgnoreRule({ pointer: '/assume_role_policy' })];
    const result = classifyPlan({ changes: [change], outputs: [] }, { ...rules, ignore });
    expect(result.severity).toBe('low');
    expect(result.ignored[0]).toMatchObject({ severity: 'critical', severityReason: 'access policy' });
  });

  it('never says that a stack is in sync when a part of it could not be planned', () => {
    const problems = [{ address: 'web/Service/shop', code: 'kube_invalid', message: 'no such port' }];
    const basis = { problems };
    expect(classifyPlan({ changes: [], outputs: [], basis }, rules).status).toBe('errored');
    const drifted = classifyPlan({ changes: [aRawChange()], outputs: [], basis }, rules);
    expect(drifted).toMatchObject({ status: 'errored', drift: 1 });
    expect(classifyPlan({ changes: [], outputs: [], basis: { problems: [] } }, rules).status).toBe('in_sync');
  });

  it('loses no change: each is counted or listed as ignored', () => {
    const change = fc
      .record({ kind: fc.constantFrom('a', 'b'), cause: fc.constantFrom(...CAUSES) })
      .map((fields) => aRawChange(fields));
    fc.assert(
      fc.property(fc.array(change), (changes) => {
        const result = classifyPlan(
          { changes, outputs: [] },
          { ...rules, ignore: [anIgnoreRule({ type: 'a' })] },
        );
        expect(result.changes.length + result.ignored.length).toBe(changes.length);
        expect(result.status === 'in_sync').toBe(result.changes.length === 0);
      }),
    );
  });
});
