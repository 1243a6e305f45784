import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sameJson } from '../../../domain/canonical-json.ts';
import { parsePointer, valueAt } from '../../../domain/json-pointer.ts';
import type { JsonObject, JsonValue } from '../../../domain/json.ts';
import type { KubeObject } from '../../../kube/object.ts';
import { differences } from './differences.ts';
import { knownLists } from './list-keys.ts';

function anObject(content: JsonObject, more: Partial<KubeObject> = {}): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' }, ...content, ...more };
}

const deployment = { apiVersion: 'apps/v1', kind: 'Deployment' };
const podSpec = (spec: JsonObject): KubeObject => anObject({ spec: { template: { spec } } }, deployment);
const short = (live: KubeObject, wanted: KubeObject) =>
  differences(live, wanted, knownLists(live)).map(({ pointer, before, after }) => [pointer, before, after]);
const CONTAINERS = '/spec/template/spec/containers';

describe('differences', () => {
  it('are the smallest places, by name', () => {
    expect(
      short(
        anObject({ data: { b: '1', a: '1', gone: 'x', same: 's' } }),
        anObject({ data: { a: '2', b: '1', new: 'y', same: 's' } }),
      ),
    ).toEqual([
      ['/data/a', '1', '2'],
      ['/data/gone', 'x', null],
      ['/data/new', null, 'y'],
    ]);
  });

  it('take an added or removed subtree for one', () => {
    expect(short(anObject({}), anObject({ data: { a: '1', b: '2' } }))).toEqual([
      ['/data', null, { a: '1', b: '2' }],
    ]);
    expect(short(anObject({ data: { a: '1' } }), anObject({}))).toEqual([['/data', { a: '1' }, null]]);
  });

  it.each<[string, JsonObject, JsonObject]>([
    ['null and absent', { data: null }, {}],
    ['an empty map and absent', { data: {} }, {}],
    ['an empty list and absent', {}, { list: [] }],
    ['empty and null', { a: {} }, { a: null }],
    ['nested empties and absent', { metadata: { name: 'x', labels: { a: null }, annotations: {} } }, {}],
    ['the versions of a kind', { apiVersion: 'v1' }, { apiVersion: 'v1beta1' }],
  ])('find none between %s', (_, a, b) => {
    expect(short(anObject(a), anObject(b))).toEqual([]);
    expect(short(anObject(b), anObject(a))).toEqual([]);
  });

  it.each<[string, Partial<KubeObject>, JsonObject, JsonObject]>([
    [
      'a selector that selects all, and none',
      { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy' },
      { ingress: [{ from: [{ podSelector: { a: 'b' }, namespaceSelector: {} }] }] },
      { ingress: [{ from: [{ podSelector: { a: 'b' } }] }] },
    ],
    [
      'a choice of a custom kind',
      { apiVersion: 'cert-manager.io/v1', kind: 'Issuer' },
      { selfSigned: {} },
      {},
    ],
    ['a rule for everything, and no rule', deployment, { ingress: [{}] }, { ingress: [] }],
    ['zero, false and the empty text, and absent', deployment, { a: 0, b: false, c: '' }, {}],
  ])('tell apart %s', (_, kind, a, b) => {
    expect(short(anObject({ spec: a }, kind), anObject({ spec: b }, kind))).not.toEqual([]);
  });

  it('know quantities where Kubernetes has them, and nowhere else', () => {
    const limits = (cpu: JsonValue) =>
      podSpec({ containers: [{ name: 'a', resources: { limits: { cpu } } }] });
    expect(short(limits('1000m'), limits('1'))).toEqual([]);
    expect(short(limits('1000m'), limits(1))).toEqual([]);
    expect(short(limits('1000m'), limits('2'))).toEqual([
      [`${CONTAINERS}/0/resources/limits/cpu`, '1000m', '2'],
    ]);
    expect(short(anObject({ data: { cpu: '1000m' } }), anObject({ data: { cpu: '1' } }))).toHaveLength(1);
  });

  it('know the protocol that ports have by themselves', () => {
    const ports = (...list: JsonObject[]) => podSpec({ containers: [{ name: 'a', ports: list }] });
    expect(short(ports({ containerPort: 80, protocol: 'TCP' }), ports({ containerPort: 80 }))).toEqual([]);
    expect(short(ports({ containerPort: 80, protocol: 'UDP' }), ports({ containerPort: 80 }))).toEqual([
      [`${CONTAINERS}/0/ports/0`, { containerPort: 80, protocol: 'UDP' }, null],
      [`${CONTAINERS}/0/ports/0`, null, { containerPort: 80 }],
    ]);
  });

  it('pair items of lists with keys: an insertion is one difference, and a change stands where live has it', () => {
    const live = podSpec({
      containers: [
        { name: 'b', image: 'b:1' },
        { name: 'c', image: 'c:1' },
      ],
    });
    const wanted = podSpec({
      containers: [
        { name: 'a', image: 'a:1' },
        { name: 'b', image: 'b:1' },
        { name: 'c', image: 'c:2' },
      ],
    });
    expect(short(live, wanted)).toEqual([
      [`${CONTAINERS}/1/image`, 'c:1', 'c:2'],
      [`${CONTAINERS}/0`, null, { name: 'a', image: 'a:1' }],
    ]);
    expect(short(wanted, live)[0]).toEqual([`${CONTAINERS}/0`, { name: 'a', image: 'a:1' }, null]);
    expect(differences(live, wanted)[1]).toMatchObject({
      livePath: ['spec', 'template', 'spec', 'containers', '-'],
      wantedPath: ['spec', 'template', 'spec', 'containers', '0'],
    });
  });

  it.each<[string, JsonObject[]]>([
    ['volumes', [{ name: 'a' }, { name: 'b' }]],
    ['imagePullSecrets', [{ name: 'a' }, { name: 'b' }]],
    ['hostAliases', [{ ip: '1' }, { ip: '2' }]],
    ['containers', [{ name: 'a' }, { name: 'b' }]],
  ])('find nothing in the order of %s', (name, items) => {
    expect(short(podSpec({ [name]: items }), podSpec({ [name]: items.toReversed() }))).toEqual([]);
  });

  it('find nothing in the order of finalizers', () => {
    const of = (...finalizers: string[]) => anObject({ metadata: { name: 'x', finalizers } });
    expect(short(of('a', 'b'), of('b', 'a'))).toEqual([]);
    expect(short(of('a'), of('b', 'a'))).toEqual([['/metadata/finalizers/0', null, 'b']]);
  });

  it('name the order of init containers, which run in it, once', () => {
    const of = (...names: string[]) => podSpec({ initContainers: names.map((name) => ({ name })) });
    expect(short(of('a', 'b'), of('b', 'a'))).toEqual([
      ['/spec/template/spec/initContainers', [{ name: 'a' }, { name: 'b' }], [{ name: 'b' }, { name: 'a' }]],
    ]);
    expect(short(of('a', 'b'), of('a', 'x', 'b'))).toHaveLength(1);
  });

  it('keep the order of other lists, and take an insertion for one difference', () => {
    const args = (...list: string[]) => podSpec({ containers: [{ name: 'a', args: list }] });
    const at = (index: number) => `${CONTAINERS}/0/args/${index}`;
    expect(short(args('a', 'b', 'c'), args('a', 'x', 'b', 'c'))).toEqual([[at(1), null, 'x']]);
    expect(short(args('a', 'x', 'b'), args('a', 'b'))).toEqual([[at(1), 'x', null]]);
    expect(short(args('a', 'b', 'c'), args('a', 'y', 'c'))).toEqual([[at(1), 'b', 'y']]);
    expect(short(args('a', 'b'), args('b', 'a'))).toHaveLength(2);
  });

  it('fall back to positions where a key is there twice or missing', () => {
    const env = (...list: JsonObject[]) => podSpec({ containers: [{ name: 'a', env: list }] });
    expect(
      short(env({ name: 'A', value: '1' }, { name: 'A', value: '2' }), env({ name: 'A', value: '1' })),
    ).toEqual([[`${CONTAINERS}/0/env/1`, { name: 'A', value: '2' }, null]]);
    expect(short(env({ value: '1' }), env({ value: '2' }))).toEqual([
      [`${CONTAINERS}/0/env/0/value`, '1', '2'],
    ]);
  });

  it('learn the keys of a custom kind’s lists from the managed fields', () => {
    const kind = { apiVersion: 'example.com/v1', kind: 'Thing' };
    const fieldsV1 = { 'f:spec': { 'f:routes': { 'k:{"host":"a"}': { 'f:host': {} } } } };
    const live = anObject(
      { spec: { routes: [{ host: 'a' }, { host: 'b' }] } },
      { ...kind, metadata: { name: 'x', managedFields: [{ manager: 'm', fieldsV1 }] } },
    );
    const wanted = anObject({ spec: { routes: [{ host: 'n' }, { host: 'b' }, { host: 'a' }] } }, kind);
    expect(differences(live, wanted, knownLists(live)).map(({ pointer }) => pointer)).toEqual([
      '/metadata/managedFields',
      '/spec/routes/0',
    ]);
    expect(differences(live, wanted)).not.toHaveLength(2);
  });

  it('compares large and binary texts as wholes, quickly', () => {
    const text = 'line\n'.repeat(200_000);
    const found = differences(
      anObject({ data: { big: text }, binaryData: { b: 'AAEC' } }),
      anObject({ data: { big: `${text}!` }, binaryData: { b: 'AAED' } }),
    );
    expect(found.map(({ pointer }) => pointer)).toEqual(['/binaryData/b', '/data/big']);
  });
});

const aName = fc.constantFrom('a', 'b', 'c', '/', '~');
const aSpec = fc.letrec<{ map: JsonObject; value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom<JsonValue>(null, 0, 1, '', 'x', true),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.array(fc.record({ name: aName, v: fc.integer({ max: 2, min: 0 }) }), { maxLength: 3 }),
    tie('map'),
  ),
  map: fc.dictionary(fc.oneof(aName, fc.constantFrom('containers', 'env')), tie('value'), { maxKeys: 4 }),
})).map;

describe('differences of any two objects', () => {
  it('are none with itself, are found both ways or not at all, and point at what they name', () => {
    fc.assert(
      fc.property(aSpec, aSpec, (a, b) => {
        const live = anObject({ spec: a });
        const wanted = anObject({ spec: b });
        expect(differences(live, structuredClone(live))).toEqual([]);
        const found = differences(live, wanted);
        expect(differences(wanted, live).length > 0).toBe(found.length > 0);
        const values = found.filter(({ before, after }) => !Array.isArray(before) || !Array.isArray(after));
        for (const { pointer, before, after, livePath, wantedPath } of values) {
          const at = valueAt(before === null ? wanted : live, parsePointer(pointer)) ?? null;
          expect(sameJson(at, before ?? after)).toBe(true);
          expect(valueAt(live, livePath) ?? null).toEqual(before);
          expect(valueAt(wanted, wantedPath) ?? null).toEqual(after);
        }
      }),
      { numRuns: 500 },
    );
  });
});
