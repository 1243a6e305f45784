import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CAUSES, type Cause } from '../../../domain/change.ts';
import type { JsonObject } from '../../../domain/json.ts';
import type { KubeObject } from '../../../kube/object.ts';
import { changedBy, differenceCauses, joinCauses, type LastApplied } from './cause.ts';
import { differences } from './differences.ts';
import { managedEntries } from './managed-fields.ts';

interface By {
  manager: string;
  data: string[];
  operation?: string;
  time?: string;
  subresource?: string;
}

function aConfigMap(data: JsonObject, by: By[] = []): KubeObject {
  const managedFields = by.map(({ manager, data, operation, time = '', subresource = '' }) => ({
    manager,
    operation: operation ?? (manager === 'plumbline' ? 'Apply' : 'Update'),
    time,
    subresource,
    fieldsV1: fieldsOf(data),
  }));
  const metadata = { name: 'x', ...(managedFields.length > 0 ? { managedFields } : {}) };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata, data };
}
const fieldsOf = (names: readonly string[]): JsonObject => ({
  'f:data': Object.fromEntries(names.map((name) => [`f:${name}`, {}])),
});
const lastApplied = (...names: string[]): LastApplied => ({
  sameWanted: false,
  fields: { version: 1, fields: fieldsOf(names) },
});

function causesOf(live: KubeObject, wanted: KubeObject, last: LastApplied | null): Record<string, Cause> {
  const bare = { ...live, metadata: { name: 'x' } };
  const found = differences(bare, wanted);
  const facts = {
    live: bare,
    entries: managedEntries(live),
    wanted,
    lastApplied: last,
    manager: 'plumbline',
  };
  const causes = differenceCauses(found, facts);
  return Object.fromEntries(found.map(({ pointer }, index) => [pointer, causes[index]!]));
}

const OURS: By = { manager: 'plumbline', data: ['a', 'b'] };
const edited = (...data: string[]): By => ({ manager: 'kubectl-edit', data });

describe('differenceCauses', () => {
  it.each<[string, KubeObject, JsonObject, LastApplied | null, Record<string, Cause>]>([
    ['was never applied', aConfigMap({ a: '1' }, [edited('a')]), { a: '2' }, null, { '/data/a': 'pending' }],
    [
      'is still ours',
      aConfigMap({ a: '1', b: '1' }, [OURS]),
      { a: '2', b: '1' },
      lastApplied('a', 'b'),
      { '/data/a': 'pending' },
    ],
    [
      'somebody else took over',
      aConfigMap({ a: '9', b: '1' }, [{ ...OURS, data: ['b'] }, edited('a')]),
      { a: '1', b: '2' },
      lastApplied('a', 'b'),
      { '/data/a': 'drift', '/data/b': 'pending' },
    ],
    [
      'was taken away by hand',
      aConfigMap({ b: '1' }, [{ ...OURS, data: ['b'] }]),
      { a: '1', b: '2' },
      lastApplied('a', 'b'),
      { '/data/a': 'drift', '/data/b': 'pending' },
    ],
    [
      'is new in Git',
      aConfigMap({ a: '1' }, [{ ...OURS, data: ['a'] }]),
      { a: '1', c: '1' },
      lastApplied('a'),
      { '/data/c': 'pending' },
    ],
    [
      'is new in Git, where somebody has set it already',
      aConfigMap({ c: '9' }, [edited('c')]),
      { c: '1' },
      lastApplied('a'),
      { '/data/c': 'pending' },
    ],
    [
      'Git gave up',
      aConfigMap({ a: '1', b: '1' }, [OURS]),
      { a: '1' },
      lastApplied('a', 'b'),
      { '/data/b': 'pending' },
    ],
    [
      'nothing is known of the fields',
      aConfigMap({ a: '9' }, [edited('a')]),
      { a: '1' },
      { sameWanted: false, fields: null },
      { '/data/a': 'pending' },
    ],
    [
      'Git must have moved what drifted, for want of another place',
      aConfigMap({ a: '9' }, [edited('a')]),
      { a: '1' },
      lastApplied('a'),
      { '/data/a': 'both' },
    ],
  ])('where it %s', (_, live, data, last, causes) => {
    expect(causesOf(live, aConfigMap(data), last)).toEqual(causes);
  });

  it('are drift alone where the same was wanted before, whoever owns the fields', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('1', '2')),
        fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('1', '2')),
        fc.subarray(['a', 'b', 'c']),
        (live, wanted, ours) => {
          const object = aConfigMap(live, [{ ...OURS, data: ours }]);
          const last: LastApplied = { ...lastApplied('a'), sameWanted: true };
          const causes = Object.values(causesOf(object, aConfigMap(wanted), last));
          expect(causes.every((cause) => cause === 'drift')).toBe(true);
          expect(Object.values(causesOf(object, aConfigMap(wanted), null)).includes('drift')).toBe(false);
        },
      ),
    );
  });
});

describe('joinCauses', () => {
  it.each<[Cause[], Cause]>([
    [['drift'], 'drift'],
    [['pending', 'pending'], 'pending'],
    [['drift', 'pending'], 'both'],
    [['both'], 'both'],
    [['both', 'drift'], 'both'],
    [[], 'pending'],
  ])('of %j is %s', (causes, joined) => {
    expect(joinCauses(causes)).toBe(joined);
    expect(CAUSES).toContain(joined);
  });
});

describe('changedBy', () => {
  const at = (day: number): string => `2026-03-0${day}T00:00:00Z`;
  const live = aConfigMap({ a: '1', b: '2' }, [
    { ...OURS, time: at(9) },
    { manager: 'kubectl-edit', data: ['a'], time: at(2) },
    { manager: 'kubectl-patch', data: ['b'], time: at(3) },
    { manager: 'kubectl-edit', data: ['b'], time: at(1) },
    { manager: 'sets-status', data: ['a'], time: at(8), subresource: 'status' },
    { manager: 'undated', data: ['a'] },
  ]);
  const who = (paths: string[][], extra: Parameters<typeof changedBy>[1] = []) =>
    changedBy(paths, extra, { live, entries: managedEntries(live), manager: 'plumbline' });

  it('names others than us, newest first, each once', () => {
    expect(
      who([
        ['data', 'a'],
        ['data', 'b'],
      ]),
    ).toEqual([
      { manager: 'kubectl-patch', operation: 'Update', at: at(3) },
      { manager: 'kubectl-edit', operation: 'Update', at: at(2) },
      { manager: 'undated', operation: 'Update', at: null },
    ]);
  });

  it('names those of extra fields as well, and nobody for what is gone', () => {
    const field = { pointer: '/x', path: ['x'], value: 1, manager: 'me', operation: 'Update', at: at(4) };
    expect(
      who(
        [
          ['data', 'gone'],
          ['list', '-'],
        ],
        [field],
      ),
    ).toEqual([{ manager: 'me', operation: 'Update', at: at(4) }]);
  });
});
