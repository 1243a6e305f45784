import { describe, expect, it } from 'vitest';
import { anAttribute, anIgnoreRule, aRawChange } from '../../../test/support/a-change.ts';
import type { RawChange } from '../change.ts';
import * as ignore from './ignore.ts';
import { ruleExpired, ruleLabel, type IgnoreResult, type IgnoreScope } from './ignore.ts';
import type { IgnoreRule } from '../settings.ts';

/** As the classification does it: only rules in force are applied. */
function applyIgnoreRules(change: RawChange, rules: IgnoreRule[], scope: IgnoreScope): IgnoreResult {
  return ignore.applyIgnoreRules(change, ignore.rulesInForce(rules, scope));
}

const scope = { repo: 'my-infra', stackKey: 'envs/prod', now: new Date('2026-03-10T12:00:00Z') };
const group = aRawChange({
  kind: 'aws_autoscaling_group',
  before: { desired_capacity: 2, tags: { a: '1', b: '2' } },
  after: { desired_capacity: 5, tags: { a: '9', b: '2' } },
  attributes: [anAttribute('/desired_capacity'), anAttribute('/tags/a')],
});

describe('applyIgnoreRules', () => {
  it('sets a whole change aside by type, address glob, repo and stack', () => {
    for (const rule of [
      anIgnoreRule({ type: 'aws_autoscaling_group' }),
      anIgnoreRule({ address: 'aws_autoscaling_group.*' }),
      anIgnoreRule({ repo: 'my-*', stack: 'envs/*', type: 'aws_*' }),
    ]) {
      const result = applyIgnoreRules(group, [rule], scope);
      expect(result.kept).toBeNull();
      expect(result.ignored).toEqual([{ change: group, rule }]);
    }
  });

  it('holds on every branch of the repo that a rule names', () => {
    const rule = anIgnoreRule({ repo: scope.repo, type: 'aws_*' });
    expect(ignore.rulesInForce([rule], { ...scope, repo: `${scope.repo}@release` })).toEqual([rule]);
    expect(ignore.rulesInForce([rule], { ...scope, repo: `${scope.repo}-2` })).toEqual([]);
  });

  it('needs everything that a rule says to match', () => {
    for (const rule of [
      anIgnoreRule({ type: 'aws_instance' }),
      anIgnoreRule({ type: 'aws_*', repo: 'other' }),
      anIgnoreRule({ type: 'aws_*', stack: 'envs/dev' }),
      anIgnoreRule({ type: 'aws_*', pointer: '/max_size' }),
    ]) {
      expect(applyIgnoreRules(group, [rule], scope)).toEqual({ kept: group, ignored: [] });
    }
  });

  it('takes one attribute out and lists it as ignored', () => {
    const rule = anIgnoreRule({ pointer: '/desired_capacity' });
    const result = applyIgnoreRules(group, [rule], scope);
    expect(result.kept?.attributes.map((attribute) => attribute.pointer)).toEqual(['/tags/a']);
    expect(result.kept?.after).toEqual({ tags: { a: '9', b: '2' } });
    expect(result.ignored[0]?.change.attributes.map((attribute) => attribute.pointer)).toEqual([
      '/desired_capacity',
    ]);
  });

  it('sets the change aside when several rules take all of its attributes', () => {
    const rules = [anIgnoreRule({ pointer: '/desired_capacity' }), anIgnoreRule({ pointer: '/tags' })];
    const result = applyIgnoreRules(group, rules, scope);
    expect(result.kept).toBeNull();
    expect(result.ignored).toHaveLength(2);
  });

  it('understands a pointer below the attribute when nothing else in it differs', () => {
    const change = aRawChange({
      attributes: [anAttribute('/tags', { before: { a: 1, b: 2 }, after: { a: 1, b: 3 } })],
    });
    expect(applyIgnoreRules(change, [anIgnoreRule({ pointer: '/tags/b' })], scope).kept).toBeNull();
    expect(applyIgnoreRules(change, [anIgnoreRule({ pointer: '/tags/a' })], scope).kept).toBe(change);
  });

  it('never lets an attribute rule hide that a resource is gone, new or moved', () => {
    const rule = anIgnoreRule({ pointer: '/content' });
    const attributes = [anAttribute('/content')];
    for (const change of [
      aRawChange({ action: 'delete', attributes }),
      aRawChange({ action: 'create', attributes, drift: { actions: ['delete'], before: {}, after: null } }),
      aRawChange({ action: 'none', attributes, drift: { actions: ['delete'], before: {}, after: null } }),
      aRawChange({ action: 'move', attributes }),
    ]) {
      expect(applyIgnoreRules(change, [rule], scope).kept).not.toBeNull();
    }
  });

  it('leaves only the pending side of a change whose drifted attributes are ignored', () => {
    const change = aRawChange({
      cause: 'both',
      attributes: [anAttribute('/replicas'), anAttribute('/image', { cause: 'pending' })],
    });
    const result = applyIgnoreRules(change, [anIgnoreRule({ pointer: '/replicas' })], scope);
    expect(result.kept?.cause).toBe('pending');
  });

  it('no longer applies a rule whose end date has passed', () => {
    const rule = anIgnoreRule({ until: '2026-03-09' });
    expect(applyIgnoreRules(group, [rule], scope).kept).toBe(group);
  });
});

describe('ruleExpired', () => {
  it('lets a rule hold to the end of its last day in UTC', () => {
    expect(ruleExpired({ until: '2026-03-10' }, new Date('2026-03-10T23:59:59.999Z'))).toBe(false);
    expect(ruleExpired({ until: '2026-03-10' }, new Date('2026-03-11T00:00:00Z'))).toBe(true);
    expect(ruleExpired({ until: null }, new Date('2999-01-01'))).toBe(false);
  });
});

describe('ruleLabel', () => {
  it('says what a rule matches', () => {
    expect(ruleLabel(anIgnoreRule({ pointer: '/tags', type: 'aws_instance' }))).toBe(
      'type=aws_instance pointer=/tags',
    );
  });
});
