import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../domain/json.ts';
import type { KubeObject } from '../../../kube/object.ts';
import { differences } from './differences.ts';
import {
  compileIgnoreDifferences,
  ignoreDifferences,
  ruleName,
  unusedRules,
  type IgnoreDifferencesRule,
} from './ignore-differences.ts';

function aDeployment(spec: JsonObject, metadata: JsonObject = {}): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'shop', namespace: 'web', ...metadata },
    spec,
  };
}
const aConfigMap = (data: JsonObject): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'shop', namespace: 'web' },
  data,
});
const DEPLOYMENTS = { group: 'apps', kind: 'Deployment' };
const apply = (rule: IgnoreDifferencesRule, live: KubeObject, wanted: KubeObject) =>
  ignoreDifferences(compileIgnoreDifferences([rule]), live, wanted);
const withContainers = (...containers: JsonObject[]) => aDeployment({ template: { spec: { containers } } });

describe('ignoreDifferences', () => {
  it('takes a JSON pointer out of both, and leaves the objects given alone', () => {
    const live = aDeployment({ replicas: 5, paused: true });
    const wanted = aDeployment({ replicas: 1 });
    const result = apply({ ...DEPLOYMENTS, jsonPointers: ['/spec/replicas'] }, live, wanted);
    expect(result.live).toEqual(aDeployment({ paused: true }));
    expect(result.wanted).toEqual(aDeployment({}));
    expect(result.matched).toEqual([0]);
    expect(live).toEqual(aDeployment({ replicas: 5, paused: true }));
  });

  it('reads escaped names and positions in pointers', () => {
    const live = aDeployment(
      { list: ['a', 'b', 'c'] },
      { annotations: { 'example.com/hash': '1', 'a~b': '2' } },
    );
    const jsonPointers = [
      '/metadata/annotations/example.com~1hash',
      '/metadata/annotations/a~0b',
      '/spec/list/1',
    ];
    const result = apply({ ...DEPLOYMENTS, jsonPointers }, live, live);
    expect(result.live).toEqual(aDeployment({ list: ['a', 'c'] }, { annotations: {} }));
  });

  it.each<[string, Partial<IgnoreDifferencesRule>, boolean]>([
    ['the group and kind', {}, true],
    ['the group as a glob', { group: '*' }, true],
    ['a part of the group', { group: 'app?' }, true],
    ['the kind as a glob', { kind: '*' }, true],
    ['everything', { group: '*', kind: '*' }, true],
    ['another group', { group: 'batch' }, false],
    ['another kind', { kind: 'StatefulSet' }, false],
    ['the core group, by an empty one', { group: '' }, false],
    ['its name and namespace', { name: 'shop', namespace: 'web' }, true],
    ['another name', { name: 'sho' }, false],
    ['another namespace', { namespace: 'other' }, false],
    ['any name and namespace, by empty ones', { name: '', namespace: '' }, true],
  ])('goes by %s', (_, more, matches) => {
    const rule = { ...DEPLOYMENTS, jsonPointers: ['/spec/replicas'], ...more };
    const live = aDeployment({ replicas: 5 });
    expect(apply(rule, live, live).matched).toEqual(matches ? [0] : []);
  });

  it('takes a rule without a group for the core group alone', () => {
    const rule = { kind: 'ConfigMap', jsonPointers: ['/data/a'] };
    expect(apply(rule, aConfigMap({ a: '1' }), aConfigMap({})).matched).toEqual([0]);
    const { group: _, ...noGroup } = { ...DEPLOYMENTS, jsonPointers: ['/spec'] };
    expect(apply(noGroup, aDeployment({}), aDeployment({})).matched).toEqual([]);
  });

  it('takes what jq expressions choose out of both', () => {
    const expressions = [
      '.spec.template.spec.containers[] | select(.name == "x").image',
      '.spec.template.spec.initContainers[] | select(.name == "injected")',
    ];
    const live = withContainers({ name: 'x', image: 'x:2' }, { name: 'y', image: 'y:2' });
    const wanted = withContainers({ name: 'x', image: 'x:1' }, { name: 'y', image: 'y:1' });
    const result = apply({ ...DEPLOYMENTS, jqPathExpressions: expressions }, live, wanted);
    expect(differences(result.live, result.wanted).map(({ pointer }) => pointer)).toEqual([
      '/spec/template/spec/containers/1/image',
    ]);
    // The second one fails for want of init containers, and changes nothing.
    expect(result.problems).toEqual([]);
  });

  it('says of which object an expression took too long, without a value of it', () => {
    const many = Object.fromEntries(
      Array.from({ length: 1500 }, (_, index) => [`k${index}`, 'secret-value']),
    );
    const square = '.data as $d | .data[] | select(any($d[]; . == 1))';
    const rule = { kind: 'ConfigMap', jqPathExpressions: [square] };
    const result = apply(rule, aConfigMap(many), aConfigMap({}));
    expect(result.live).toEqual(aConfigMap(many));
    expect(result.problems).toEqual([expect.stringMatching(/^web\/ConfigMap\/shop: .*more than \d+ steps/)]);
    expect(result.problems.join()).not.toContain('secret-value');
  });

  it('never takes away what makes the object itself', () => {
    const rule = {
      group: '*',
      kind: '*',
      jsonPointers: ['/metadata', '/kind'],
      jqPathExpressions: ['.apiVersion'],
    };
    expect(apply(rule, aDeployment({ a: 1 }), aDeployment({ a: 1 })).live).toEqual({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'shop' },
      spec: { a: 1 },
    });
  });

  it.each<[RegExp, Partial<IgnoreDifferencesRule>]>([
    [/Rule 1 .*apps\/Deployment.*names no field/, {}],
    [/"spec\/replicas" is no JSON pointer/, { jsonPointers: ['spec/replicas'] }],
    [/"" is no JSON pointer/, { jsonPointers: [''] }],
    [/jq expression ".a |" .*ends too early/, { jqPathExpressions: ['.a |'] }],
    [/now\/0 is not supported/, { jqPathExpressions: ['now'] }],
  ])('refuses a rule: %s', (message, more) => {
    expect(() => compileIgnoreDifferences([{ ...DEPLOYMENTS, ...more }])).toThrow(message);
    expect(() => compileIgnoreDifferences([{ ...DEPLOYMENTS, ...more }])).toThrow(
      expect.objectContaining({ code: 'ignore_rule_invalid' }) as Error,
    );
  });
});

describe('managedFieldsManagers', () => {
  const rule = { group: '*', kind: '*', managedFieldsManagers: ['tuner'] };
  const owned = (fields: JsonObject): JsonObject => ({
    managedFields: [{ manager: 'tuner', operation: 'Update', fieldsV1: fields }],
  });
  const inContainers = (branches: JsonObject): JsonObject => ({
    'f:spec': { 'f:template': { 'f:spec': { 'f:containers': branches } } },
  });
  const remaining = (live: KubeObject, wanted: KubeObject): string[] => {
    const pair = apply(rule, live, wanted);
    return differences(pair.live, pair.wanted)
      .map(({ pointer }) => pointer)
      .filter((pointer) => !pointer.startsWith('/metadata'));
  };

  it('ignores the fields that a manager owns, and no others', () => {
    const fields = { 'f:spec': { 'f:replicas': {} } };
    const live = aDeployment({ replicas: 5, paused: true }, owned(fields));
    expect(remaining(live, aDeployment({ replicas: 1 }))).toEqual(['/spec/paused']);
    expect(apply(rule, aDeployment({ replicas: 5 }), aDeployment({ replicas: 1 })).matched).toEqual([]);
  });

  it('finds list items by their keys in both, and keeps the keys to pair them by', () => {
    const fields = inContainers({ 'k:{"name":"x"}': { '.': {}, 'f:name': {}, 'f:image': {} } });
    const live = withContainers({ name: 'y', image: 'y:1' }, { name: 'x', image: 'x:2' });
    Object.assign(live.metadata, owned(fields));
    const wanted = withContainers({ name: 'x', image: 'x:1', tty: true }, { name: 'y', image: 'y:1' });
    expect(remaining(live, wanted)).toEqual(['/spec/template/spec/containers/0/tty']);
  });

  it('leaves no trace of an item that the manager added', () => {
    const fields = inContainers({ 'k:{"name":"injected"}': { '.': {}, 'f:name': {}, 'f:image': {} } });
    const live = withContainers({ name: 'y' }, { name: 'injected', image: 'i' });
    Object.assign(live.metadata, owned(fields));
    expect(remaining(live, withContainers({ name: 'y' }))).toEqual([]);
  });

  it('leaves no trace of a map that the manager added', () => {
    const live = aDeployment(
      { tuning: { level: 1 } },
      owned({ 'f:spec': { 'f:tuning': { '.': {}, 'f:level': {} } } }),
    );
    expect(apply(rule, live, aDeployment({})).live['spec']).toEqual({});
  });
});

describe('unusedRules', () => {
  it('names those that found nothing in any object', () => {
    const rules = compileIgnoreDifferences([
      { ...DEPLOYMENTS, jsonPointers: ['/spec/replicas'] },
      { ...DEPLOYMENTS, jsonPointers: ['/spec/nothing'] },
      { kind: 'ConfigMap', name: 'gone', jsonPointers: ['/data'] },
    ]);
    const objects = [aDeployment({ replicas: 1 }), aDeployment({})];
    const matched = objects.map((object) => ignoreDifferences(rules, object, object).matched);
    expect(unusedRules(rules, matched).map(({ index }) => index)).toEqual([1, 2]);
    expect(unusedRules(rules, []).map(({ rule }) => ruleName(rule))).toEqual([
      'apps/Deployment',
      'apps/Deployment',
      'ConfigMap */gone',
    ]);
  });
});
