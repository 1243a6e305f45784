import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../domain/json.ts';
import type { KubeObject } from '../../../kube/object.ts';
import { compileIgnoreDifferences, type IgnoreDifferencesRule } from './ignore-differences.ts';
import { respectIgnored } from './respect-ignored.ts';

const OURS = 'plumbline';
const entry = (manager: string, fieldsV1: JsonObject, operation = 'Apply'): JsonObject => ({
  manager,
  operation,
  fieldsType: 'FieldsV1',
  fieldsV1,
});
const aConfigMap = (data: JsonObject, ...managedFields: JsonObject[]): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'shop', namespace: 'web', ...(managedFields.length === 0 ? {} : { managedFields }) },
  data,
});
const dataOf = (...names: string[]): JsonObject => ({
  'f:data': Object.fromEntries(names.map((name) => [`f:${name}`, {}])),
});
const respect = (
  rule: Omit<IgnoreDifferencesRule, 'kind'>,
  wanted: KubeObject,
  live: KubeObject,
  manager: string | null = OURS,
) => respectIgnored(compileIgnoreDifferences([{ group: '*', kind: '*', ...rule }]), wanted, live, manager);

describe('respectIgnored', () => {
  const wanted = aConfigMap({ mode: 'git', color: 'git' });
  const sentOf = (live: KubeObject, rule: Omit<IgnoreDifferencesRule, 'kind'>, manager?: null) =>
    respect(rule, wanted, live, manager)['data'];

  it.each<[string, Omit<IgnoreDifferencesRule, 'kind'>]>([
    ['a JSON pointer', { jsonPointers: ['/data/mode'] }],
    ['a jq expression', { jqPathExpressions: ['.data.mode'] }],
    ['the name of their manager', { managedFieldsManagers: ['tuner'] }],
  ])('leaves out what others own, by %s', (_, rule) => {
    const live = aConfigMap(
      { mode: 'live', color: 'live' },
      entry(OURS, dataOf('color')),
      entry('tuner', dataOf('mode'), 'Update'),
    );
    expect(sentOf(live, rule)).toEqual({ color: 'git' });
  });

  it.each<[string, KubeObject, JsonObject]>([
    [
      'sends what we own with its value, so that it stays',
      aConfigMap({ mode: 'live', color: 'live' }, entry(OURS, dataOf('mode', 'color'))),
      { mode: 'live', color: 'git' },
    ],
    [
      'leaves out what is not there',
      aConfigMap({ color: 'live' }, entry(OURS, dataOf('color'))),
      { color: 'git' },
    ],
    ['leaves out what nobody is known to own', aConfigMap({ mode: 'live' }), { color: 'git' }],
  ])('%s', (_, live, expected) => {
    expect(sentOf(live, { jsonPointers: ['/data/mode'] })).toEqual(expected);
  });

  it('keeps what we own and Git no longer has', () => {
    const live = aConfigMap({ old: 'live', color: 'live' }, entry(OURS, dataOf('old', 'color')));
    expect(sentOf(live, { jsonPointers: ['/data/old'] })).toEqual({ mode: 'git', color: 'git', old: 'live' });
  });

  it('sends all that is ignored where the object is replaced', () => {
    const live = aConfigMap({ mode: 'live', color: 'live' }, entry('tuner', dataOf('mode'), 'Update'));
    expect(sentOf(live, { jsonPointers: ['/data/mode'] }, null)).toEqual({ mode: 'live', color: 'git' });
  });

  describe('in lists', () => {
    const aDeployment = (containers: JsonObject[], ...managedFields: JsonObject[]): KubeObject => ({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'shop', namespace: 'web', managedFields },
      spec: { template: { spec: { containers } } },
    });
    const owning = (...names: string[]) =>
      entry(OURS, {
        'f:spec': {
          'f:template': {
            'f:spec': {
              'f:containers': Object.fromEntries(
                names.map((name) => [
                  `k:{"name":"${name}"}`,
                  { '.': {}, 'f:name': {}, 'f:image': {}, 'f:args': {} },
                ]),
              ),
            },
          },
        },
      });
    const containersOf = (object: KubeObject) =>
      (object['spec'] as { template: { spec: { containers: JsonObject[] } } }).template.spec.containers;

    it('finds items by their keys, whatever their order', () => {
      const live = aDeployment(
        [
          { name: 'web', image: 'web:live', args: ['live'] },
          { name: 'log', image: 'log:live', args: ['live'] },
        ],
        owning('web', 'log'),
      );
      const git = aDeployment([
        { name: 'log', image: 'log:git', args: ['git'] },
        { name: 'new', image: 'new:git' },
        { name: 'web', image: 'web:git', args: ['git'] },
      ]);
      const rule = {
        jqPathExpressions: ['.spec.template.spec.containers[] | select(.name == "web") | .image'],
      };
      expect(containersOf(respect(rule, git, live))).toEqual([
        { name: 'log', image: 'log:git', args: ['git'] },
        { name: 'new', image: 'new:git' },
        { name: 'web', image: 'web:live', args: ['git'] },
      ]);
    });

    it('keeps whole items, and lists that are written as a whole', () => {
      const live = aDeployment(
        [
          { name: 'web', image: 'web:live', args: ['a', 'b'] },
          { name: 'log', image: 'log:live' },
        ],
        owning('web', 'log'),
      );
      const git = aDeployment([{ name: 'web', image: 'web:git', args: ['c', 'd', 'e'] }]);
      const containers = '.spec.template.spec.containers[]';
      const rule = {
        jqPathExpressions: [`${containers} | select(.name == "log")`, `${containers}.args[1]`],
      };
      expect(containersOf(respect(rule, git, live))).toEqual([
        { name: 'web', image: 'web:git', args: ['a', 'b'] },
        { name: 'log', image: 'log:live' },
      ]);
    });
  });
});
