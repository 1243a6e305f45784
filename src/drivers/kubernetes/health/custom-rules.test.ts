import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../domain/json.ts';
import type { KubeObject } from '../../../kube/object.ts';
import { errorCode } from '../../../util/errors.ts';
import { compileHealthRules, type HealthRule, type HealthTest, ruleFor, ruleHealth } from './custom-rules.ts';
import type { HealthStatus } from './health.ts';

function aSecret(status: JsonObject | null, generation = 1): KubeObject {
  return {
    apiVersion: 'bitnami.com/v1alpha1',
    kind: 'SealedSecret',
    metadata: { name: 'db', generation },
    ...(status === null ? {} : { status }),
  };
}

function aRule(test: HealthTest, more: Partial<HealthRule> = {}): HealthRule {
  return { name: 'sealed', group: 'bitnami.com', kind: 'SealedSecret', test, ...more };
}

function healthBy(test: HealthTest, object: KubeObject): { status: HealthStatus; reason: string } {
  return ruleHealth(compileHealthRules([aRule(test)])[0]!, object);
}

/** As Flux documents them. */
const SYNCED: HealthTest = {
  failed: "status.conditions.filter(e, e.type == 'Synced').all(e, e.status == 'False')",
  current: "status.conditions.filter(e, e.type == 'Synced').all(e, e.status == 'True')",
};

describe('rules by expressions', () => {
  it.each<[string, HealthTest, JsonObject | null, HealthStatus, string]>([
    ['current', SYNCED, { conditions: [{ type: 'Synced', status: 'True' }] }, 'healthy', ''],
    [
      'failed',
      SYNCED,
      { conditions: [{ type: 'Synced', status: 'False' }] },
      'degraded',
      'failed of sealed is true',
    ],
    [
      'neither',
      SYNCED,
      { conditions: [{ type: 'Synced', status: 'Unknown' }] },
      'progressing',
      'no expression',
    ],
    ['a field that is not there yet', SYNCED, {}, 'progressing', "can't be told"],
    ['no status yet', SYNCED, null, 'progressing', 'status'],
    [
      'in progress, which is asked first',
      { inProgress: 'status.busy', failed: 'status.busy', current: 'status.busy' },
      { busy: true },
      'progressing',
      'inProgress of sealed is true',
    ],
    ['failed before current', { failed: 'true', current: 'true' }, {}, 'degraded', ''],
    ['whole numbers', { current: 'status.ready == 3 && status.ready + 1 == 4' }, { ready: 3 }, 'healthy', ''],
    ['fractions', { current: 'status.load > 0.5' }, { load: 0.75 }, 'healthy', ''],
    ['what may be missing', { current: '!has(status.error)' }, {}, 'healthy', ''],
    ['optional fields', { current: 'status.?conditions.orValue([]).size() == 0' }, {}, 'healthy', ''],
    [
      'other fields of the object',
      { current: "metadata.name == 'db' && kind == 'SealedSecret'" },
      {},
      'healthy',
      '',
    ],
    [
      'what is no truth value',
      { current: 'status.phase' },
      { phase: 'True' },
      'progressing',
      "can't be told",
    ],
  ])('%s', (_, test, status, expected, reason) => {
    const health = healthBy(test, aSecret(status));
    expect(health.status).toBe(expected);
    expect(health.reason).toContain(reason);
  });

  it('waits for the newest generation to be observed, as Flux does', () => {
    const status = { observedGeneration: 1 };
    expect(healthBy({ current: 'true' }, aSecret(status, 2)).status).toBe('progressing');
    expect(healthBy({ current: 'true' }, aSecret(status, 1)).status).toBe('healthy');
  });

  it('does not run loops within loops over long lists', () => {
    const test = { current: 'status.items.all(a, status.items.all(b, a == b))' };
    const items = (length: number): JsonObject => ({ items: Array.from({ length }, () => 1) });
    expect(healthBy(test, aSecret(items(50))).status).toBe('healthy');
    expect(healthBy(test, aSecret(items(1001))).reason).toContain('too long');
    expect(healthBy({ current: 'status.items.all(a, a == 1)' }, aSecret(items(1001))).status).toBe('healthy');
  });
});

describe('rules by a value', () => {
  it.each<[string, HealthTest, JsonObject, HealthStatus]>([
    ['the value', { jsonPath: '{.status.phase}', value: 'Running' }, { phase: 'Running' }, 'healthy'],
    ['another value', { jsonPath: '{.status.phase}', value: 'Running' }, { phase: 'Pending' }, 'progressing'],
    ['no value', { jsonPath: '{.status.phase}', value: 'Running' }, {}, 'progressing'],
    ['any value', { jsonPath: '{.status.address}' }, { address: '192.0.2.7' }, 'healthy'],
    ['none where any is wanted', { jsonPath: '{.status.address}' }, {}, 'progressing'],
    ['a number', { jsonPath: '{.status.ready}', value: '3' }, { ready: 3 }, 'healthy'],
    [
      'a condition',
      { jsonPath: '{.status.conditions[?(@.type=="Ready")].status}', value: 'True' },
      { conditions: [{ type: 'Ready', status: 'True' }] },
      'healthy',
    ],
  ])('%s', (_, test, status, expected) => {
    expect(healthBy(test, aSecret(status)).status).toBe(expected);
  });
});

describe('compileHealthRules', () => {
  it.each<[string, HealthTest, string[]]>([
    ['a broken expression', { current: 'status.' }, ['the expression current']],
    ['an empty expression', { current: ' ' }, ['it is empty']],
    [
      'a function that is none',
      { current: 'true', failed: 'broken(status)' },
      ['the expression failed', 'broken'],
    ],
    ['an expression that gives a number', { current: '1 + 2' }, ['gives a int']],
    ['patterns', { current: "metadata.name.matches('(a+)+$')" }, ['function matches']],
    ['patterns deep within', { current: "[1].all(x, !(true && 'a'.matches('a')))" }, ['function matches']],
    ['a broken path', { jsonPath: '{.status[}' }, ['the path {.status[}']],
  ])('refuses %s, and names the rule', (_, test, parts) => {
    const compile = (): unknown => compileHealthRules([aRule(test, { name: 'infra: sealed secrets' })]);
    let caught: unknown;
    try {
      compile();
    } catch (error) {
      caught = error;
    }
    expect(errorCode(caught)).toBe('health_rule_invalid');
    for (const part of ['infra: sealed secrets', ...parts]) expect(String(caught)).toContain(part);
  });
});

describe('ruleFor', () => {
  const rules = compileHealthRules([
    aRule({ current: 'true' }, { name: 'other', objectName: 'other' }),
    aRule({ current: 'true' }, { name: 'group', group: 'example.com' }),
    aRule({ current: 'true' }, { name: 'kind', kind: 'Sealed' }),
    aRule({ current: 'true' }, { name: 'own', objectName: 'db' }),
    aRule({ current: 'true' }, { name: 'all' }),
  ]);

  it('takes the first of group, kind and name', () => {
    expect(ruleFor(rules, aSecret({}))?.name).toBe('own');
    expect(ruleFor(rules, { ...aSecret({}), metadata: { name: 'x' } })?.name).toBe('all');
    expect(ruleFor(rules, { ...aSecret({}), kind: 'Secret' })).toBeUndefined();
  });
});
