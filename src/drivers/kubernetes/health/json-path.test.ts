import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../../../domain/json.ts';
import { JsonPathError, parseJsonPath, valuesAt } from './json-path.ts';

const OBJECT: JsonValue = {
  metadata: { labels: { 'app.kubernetes.io/name': 'shop' } },
  status: {
    phase: 'Running',
    replicas: 3,
    conditions: [
      { type: 'Ready', status: 'True', count: 2, ok: true },
      { type: 'Synced', status: 'False', count: 5 },
    ],
    names: ['a', 'b', 'c'],
  },
};

describe('valuesAt', () => {
  it.each<[string, JsonValue[]]>([
    ['{.status.phase}', ['Running']],
    ['.status.phase', ['Running']],
    ['status.phase', ['Running']],
    ['{$.status.phase}', ['Running']],
    ['{.status.names[0]}', ['a']],
    ['{.status.names[-1]}', ['c']],
    ['{.status.names[9]}', []],
    ['{.status.names[*]}', ['a', 'b', 'c']],
    ["{.metadata.labels['app.kubernetes.io/name']}", ['shop']],
    ['{.metadata.labels.app\\.kubernetes\\.io\\/name}', ['shop']],
    ['{.status.conditions[?(@.type=="Ready")].status}', ['True']],
    ["{.status.conditions[?(@.type == 'Synced')].status}", ['False']],
    ['{.status.conditions[?(@.type!="Ready")].status}', ['False']],
    ['{.status.conditions[?(@.count==5)].type}', ['Synced']],
    ['{.status.conditions[?(@.ok==true)].type}', ['Ready']],
    ['{.status.conditions[?(@.ok)].type}', ['Ready']],
    ['{.status.names[?(@=="b")]}', ['b']],
    ['{.status.conditions[*].type}', ['Ready', 'Synced']],
    ['{.nothing.here}', []],
    ['{.status.constructor}', []],
  ])('%s', (path, values) => {
    expect(valuesAt(OBJECT, parseJsonPath(path))).toEqual(values);
  });
});

describe('parseJsonPath', () => {
  it.each([
    ['', 'empty'],
    ['{}', 'empty'],
    ['{.status[}', 'not understood'],
    ['{.status.names[0:2]}', 'not understood'],
    ['{.a[?(@.b=~"x")]}', 'filter'],
    ['{.a}{.b}', 'not understood'],
    ['{..a}', 'not understood'],
  ])('refuses %j', (path, part) => {
    expect(() => parseJsonPath(path)).toThrow(JsonPathError);
    expect(() => parseJsonPath(path)).toThrow(part);
  });
});
