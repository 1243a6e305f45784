import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePointer } from '../../../domain/json-pointer.ts';
import type { JsonObject, JsonValue } from '../../../domain/json.ts';
import type { KubeObject } from '../../../kube/object.ts';
import {
  fieldSetContains,
  fieldSetOf,
  managedEntries,
  ownedPointers,
  ownersOf,
  parseFieldSet,
} from './managed-fields.ts';

const APPLIED = {
  'f:spec': {
    'f:ports': {
      'k:{"port":80,"protocol":"TCP"}': { '.': {}, 'f:port': {} },
      'k:{"port":53,"protocol":"UDP"}': { '.': {}, 'f:port': {}, 'f:protocol': {} },
    },
    'f:selector': {},
  },
  'f:metadata': { 'f:finalizers': { 'v:"example.com/hold"': {} } },
};

function aService(entries: JsonValue[], spec: JsonObject = {}): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', finalizers: ['other', 'example.com/hold'], managedFields: entries },
    spec: {
      selector: { app: 'web', tier: 'front' },
      ports: [
        { port: 53, protocol: 'UDP' },
        { port: 80, targetPort: 8080 },
      ],
      ...spec,
    },
  };
}

const entry = (manager: string, fields: JsonObject, more: JsonObject = {}): JsonObject => ({
  manager,
  operation: 'Apply',
  apiVersion: 'v1',
  fieldsType: 'FieldsV1',
  fieldsV1: fields,
  ...more,
});
const names = (object: KubeObject, pointer: string): string[] =>
  ownersOf(object, parsePointer(pointer)).map((owner) => owner.manager);

describe('managedEntries', () => {
  it('gives manager, operation, subresource and time, and leaves out what is no entry', () => {
    const object = aService([
      entry('a', {}, { time: '2026-01-02T03:04:05Z', subresource: 'status', operation: 'Update' }),
      entry('b', {}),
      { manager: 'c' },
      7,
    ]);
    expect(managedEntries(object)).toEqual([
      { manager: 'a', operation: 'Update', subresource: 'status', at: '2026-01-02T03:04:05Z', fields: {} },
      { manager: 'b', operation: 'Apply', subresource: '', at: null, fields: {} },
    ]);
    expect(managedEntries({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x' } })).toEqual([]);
  });
});

describe('ownersOf', () => {
  const object = aService([
    entry('plumbline', APPLIED),
    entry('edit', { 'f:spec': { 'f:ports': { 'k:{"port":80,"protocol":"TCP"}': { 'f:targetPort': {} } } } }),
    entry('label', { 'f:metadata': { 'f:labels': { '.': {}, 'f:a/b': {} } } }),
  ]);

  it.each([
    ['/spec/ports/1/targetPort', ['edit']],
    ['/spec/ports/1/port', ['plumbline']],
    ['/spec/ports/0/protocol', ['plumbline']],
    ['/spec/ports/1', ['plumbline', 'edit']],
    ['/spec/ports/1/protocol', []],
    ['/spec/selector/tier', ['plumbline']],
    ['/metadata/finalizers/1', ['plumbline']],
    ['/metadata/finalizers/0', []],
    ['/metadata/labels/a~1b', ['label']],
    ['/metadata/labels/other', []],
    ['/spec/unknown', []],
  ])('of %s are %j', (pointer, owners) => {
    expect(names(object, pointer)).toEqual(owners);
  });

  it('finds the same owners wherever the item of a keyed list stands', () => {
    const moved: KubeObject = {
      ...object,
      spec: {
        ports: [
          { port: 80, targetPort: 1 },
          { port: 53, protocol: 'UDP' },
        ],
      },
    };
    expect(names(moved, '/spec/ports/0/targetPort')).toEqual(['edit']);
  });

  it('takes a leaf at a map for the map alone when others own single members of it', () => {
    const spec = { selector: {}, labels: { theirs: '1' } };
    const alone = aService([entry('a', { 'f:spec': { 'f:labels': {} } })], spec);
    expect(names(alone, '/spec/labels/theirs')).toEqual(['a']);
    const shared = aService(
      [
        entry('a', { 'f:spec': { 'f:labels': {} } }),
        entry('b', { 'f:spec': { 'f:labels': { 'f:theirs': {} } } }),
      ],
      spec,
    );
    expect(names(shared, '/spec/labels/theirs')).toEqual(['b']);
  });

  it('survives keys that are no JSON', () => {
    const broken = aService([
      entry('a', { 'f:spec': { 'f:ports': { 'k:{"port"': {}, 'x:1': {}, 'v:[': {} } } }),
    ]);
    expect(names(broken, '/spec/ports/0')).toEqual([]);
  });

  it('knows items by position where the server owns them so', () => {
    const object = aService([entry('a', { 'f:spec': { 'f:ports': { 'i:1': { 'f:port': {} } } } })]);
    expect(names(object, '/spec/ports/1/port')).toEqual(['a']);
    expect(names(object, '/spec/ports/0/port')).toEqual([]);
  });
});

describe('ownedPointers', () => {
  it('gives the leaves, at the present positions of keyed items, and all of what is owned as a whole', () => {
    expect([...ownedPointers(aService([entry('plumbline', APPLIED)]), 'plumbline')].sort()).toEqual([
      '/metadata/finalizers/1',
      '/spec/ports/0/port',
      '/spec/ports/0/protocol',
      '/spec/ports/1/port',
      '/spec/selector/app',
      '/spec/selector/tier',
    ]);
  });

  it('keeps apply and update, and subresources, apart', () => {
    const object = aService([
      entry('p', { 'f:spec': { 'f:selector': {} } }, { operation: 'Update' }),
      entry('p', { 'f:spec': { 'f:ports': {} } }, { subresource: 'status' }),
    ]);
    expect(ownedPointers(object, 'p')).toEqual(new Set());
    expect(ownedPointers(object, 'p', 'Update').size).toBe(2);
  });

  it('leaves out what others set in a map that was applied empty', () => {
    const object = aService(
      [
        entry('p', { 'f:spec': { 'f:labels': {}, 'f:type': {} } }),
        entry('q', { 'f:spec': { 'f:labels': { 'f:theirs': {} } } }),
      ],
      { labels: { theirs: '1' }, type: 'ClusterIP' },
    );
    expect(ownedPointers(object, 'p')).toEqual(new Set(['/spec/type']));
  });

  it('gives a map that is empty itself', () => {
    const object = aService([entry('p', { 'f:spec': { 'f:none': {}, 'f:also': { '.': {} } } })], {
      none: {},
      also: {},
    });
    expect(ownedPointers(object, 'p')).toEqual(new Set(['/spec/none', '/spec/also']));
  });
});

describe('a FieldSet', () => {
  it('holds no value of a set, survives JSON, and finds items by key', () => {
    const set = fieldSetOf(aService([entry('plumbline', APPLIED)]), 'plumbline')!;
    const stored = JSON.stringify(set);
    expect(stored).not.toContain('example.com');
    const read = parseFieldSet(JSON.parse(stored) as JsonValue)!;
    expect(read).toEqual(set);
    const now = aService([], { ports: [{ port: 9 }, { port: 80 }, { port: 53, protocol: 'UDP' }] });
    const contains = (pointer: string): boolean => fieldSetContains(read, now, parsePointer(pointer));
    expect(contains('/spec/ports/0/port')).toBe(false);
    expect(contains('/spec/ports/1/port')).toBe(true);
    expect(contains('/spec/ports/1/targetPort')).toBe(false);
    expect(contains('/metadata/finalizers/1')).toBe(true);
    expect(contains('/metadata/finalizers/0')).toBe(false);
    expect(contains('/spec/selector/anything')).toBe(true);
    expect(contains('/spec/type')).toBe(false);
  });

  it('is null for a manager that applied nothing, and joins what it applied in several versions', () => {
    const object = aService([
      entry('p', { 'f:spec': { 'f:type': {} } }),
      entry('p', { 'f:spec': { 'f:selector': {} } }, { apiVersion: 'v2' }),
      entry('q', { 'f:spec': {} }, { operation: 'Update' }),
    ]);
    expect(fieldSetOf(object, 'q')).toBeNull();
    expect(fieldSetOf(object, 'p')?.fields).toEqual({ 'f:spec': { 'f:type': {}, 'f:selector': {} } });
  });

  it.each<JsonValue>([null, 1, [], {}, { version: 2, fields: {} }, { version: 1, fields: [] }])(
    'is not read from %j',
    (value) => {
      expect(parseFieldSet(value)).toBeNull();
    },
  );
});

/** A map of any shape, and the FieldsV1 tree of someone who set all of it. */
const aMap = fc.letrec<{ map: JsonObject; value: JsonValue }>((tie) => ({
  value: fc.oneof({ maxDepth: 3 }, fc.string(), fc.integer(), tie('map')),
  map: fc.dictionary(fc.string({ minLength: 1, maxLength: 4 }), tie('value'), { minKeys: 1, maxKeys: 4 }),
})).map;

function treeOf(value: JsonValue): JsonObject {
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [`f:${name}`, treeOf(each)]));
}

describe('managed fields of any map', () => {
  it('own every leaf, each leaf has that owner, and the stored set contains it', () => {
    fc.assert(
      fc.property(aMap, (spec) => {
        const object: KubeObject = {
          apiVersion: 'example.com/v1',
          kind: 'Thing',
          metadata: { name: 'x', managedFields: [entry('m', { 'f:spec': treeOf(spec) })] },
          spec,
        };
        const owned = ownedPointers(object, 'm');
        const set = fieldSetOf(object, 'm')!;
        for (const pointer of owned) {
          expect(names(object, pointer)).toEqual(['m']);
          expect(fieldSetContains(set, object, parsePointer(pointer))).toBe(true);
          expect(fieldSetContains(set, object, parsePointer(pointer.replace('/spec', '/other')))).toBe(false);
        }
        expect(owned.size).toBe(leaves(spec));
      }),
    );
  });
});

function leaves(value: JsonValue): number {
  if (typeof value !== 'object' || value === null) return 1;
  const members = Object.values(value);
  return members.length === 0 ? 1 : members.reduce<number>((sum, each) => sum + leaves(each), 0);
}
