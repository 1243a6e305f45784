import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../domain/json.ts';
import type { KubeObject } from '../../../kube/object.ts';
import type { LastApplied } from './cause.ts';
import { compileIgnoreDifferences, unusedRules, type IgnoreDifferencesRule } from './ignore-differences.ts';
import { createMasker } from './mask.ts';
import { compareObject, type Compared } from './to-change.ts';

const AT = '2026-03-01T10:00:00Z';
const OURS = { manager: 'plumbline', operation: 'Apply' };
const EDIT = { manager: 'kubectl-edit', operation: 'Update' };

type By = { manager: string; operation: string; fields: JsonObject };

function anObject(kind: string, content: JsonObject, by: By[] = [], metadata: JsonObject = {}): KubeObject {
  const apiVersion = kind === 'Deployment' ? 'apps/v1' : 'v1';
  const managedFields = by.map(({ manager, operation, fields }) => ({
    manager,
    operation,
    time: AT,
    fieldsV1: fields,
  }));
  return {
    apiVersion,
    kind,
    metadata: {
      name: 'shop',
      namespace: 'web',
      ...metadata,
      ...(by.length > 0 ? { managedFields, resourceVersion: '7', uid: 'u' } : {}),
    },
    ...content,
  };
}
const dataFields = (...names: string[]): JsonObject => ({
  'f:data': Object.fromEntries(names.map((name) => [`f:${name}`, {}])),
});
const aConfigMap = (data: JsonObject, by: By[] = []): KubeObject => anObject('ConfigMap', { data }, by);
const last = (sameWanted: boolean, ...names: string[]): LastApplied => ({
  sameWanted,
  fields: { version: 1, fields: dataFields(...names) },
});
function rules(ignore: IgnoreDifferencesRule[] = []) {
  return {
    ignore: compileIgnoreDifferences(ignore),
    controllers: [],
    masker: createMasker(),
    manager: 'plumbline',
  };
}
const compare = (compared: Partial<Compared>, ignore?: IgnoreDifferencesRule[]) =>
  compareObject({ wanted: null, live: null, answer: null, lastApplied: null, ...compared }, rules(ignore))
    .change;

describe('compareObject', () => {
  it('is null where nothing is to be done', () => {
    const wanted = aConfigMap({ a: '1' });
    const live = aConfigMap({ a: '1' }, [{ ...OURS, fields: dataFields('a') }]);
    expect(compare({})).toBeNull();
    expect(compare({ wanted, live, answer: live, lastApplied: last(true, 'a') })).toBeNull();
    expect(compare({ wanted, live, lastApplied: last(true, 'a') })).toBeNull();
  });

  it('creates what was never there', () => {
    expect(
      compare({ wanted: anObject('ConfigMap', { data: { a: '1' } }, [], { labels: { x: 'y' } }) }),
    ).toEqual({
      address: 'web/ConfigMap/shop',
      kind: 'ConfigMap',
      name: 'shop',
      action: 'create',
      actions: ['create'],
      cause: 'pending',
      before: null,
      after: anObject('ConfigMap', { data: { a: '1' } }, [], { labels: { x: 'y' } }),
      attributes: [
        {
          pointer: '/metadata/labels/x',
          before: null,
          after: 'y',
          sensitive: false,
          unknown: false,
          cause: 'pending',
        },
        { pointer: '/data/a', before: null, after: '1', sensitive: false, unknown: false, cause: 'pending' },
      ],
      replacedBecause: [],
    });
  });

  it('creates again what was deleted by hand, which is drift', () => {
    const wanted = aConfigMap({ a: '1' });
    expect(compare({ wanted, lastApplied: last(true, 'a') })).toMatchObject({
      action: 'create',
      cause: 'drift',
      drift: { actions: ['delete'], before: wanted, after: null },
      attributes: [{ pointer: '/data/a', before: '1', after: null, cause: 'drift' }],
    });
    expect(compare({ wanted, lastApplied: last(false, 'a') })).toMatchObject({
      cause: 'both',
      drift: { actions: ['delete'], before: null, after: null },
      attributes: [{ pointer: '/data/a', before: null, after: '1', cause: 'pending' }],
    });
  });

  it('deletes what Git gave up', () => {
    const live = aConfigMap({ a: '1' }, [{ ...OURS, fields: dataFields('a') }]);
    expect(compare({ live, lastApplied: last(false, 'a') })).toMatchObject({
      action: 'delete',
      actions: ['delete'],
      cause: 'pending',
      before: aConfigMap({ a: '1' }),
      after: null,
      attributes: [{ pointer: '/data/a', before: '1', after: null, cause: 'pending' }],
    });
  });

  it('updates what Git moved', () => {
    const live = aConfigMap({ a: '1' }, [{ ...OURS, fields: dataFields('a') }]);
    const wanted = aConfigMap({ a: '2' });
    const change = compare({ wanted, live, answer: wanted, lastApplied: last(false, 'a') });
    expect(change).toMatchObject({
      action: 'update',
      cause: 'pending',
      before: aConfigMap({ a: '1' }),
      after: wanted,
      attributes: [{ pointer: '/data/a', before: '1', after: '2', cause: 'pending' }],
    });
    expect(change).not.toHaveProperty('drift');
    expect(change).not.toHaveProperty('changedBy');
  });

  it('shows drift from what should be to live, with who did it', () => {
    const live = aConfigMap({ a: '9', extra: 'x' }, [{ ...EDIT, fields: dataFields('a', 'extra') }]);
    const wanted = aConfigMap({ a: '1' });
    const answer = aConfigMap({ a: '1', extra: 'x' });
    expect(compare({ wanted, live, answer, lastApplied: last(true, 'a') })).toMatchObject({
      action: 'update',
      cause: 'drift',
      before: aConfigMap({ a: '9', extra: 'x' }),
      after: wanted,
      drift: { actions: ['update'], before: wanted, after: aConfigMap({ a: '9', extra: 'x' }) },
      attributes: [
        { pointer: '/data/a', before: '1', after: '9', cause: 'drift' },
        { pointer: '/data/extra', before: null, after: 'x', cause: 'drift' },
      ],
      changedBy: [{ manager: 'kubectl-edit', operation: 'Update', at: AT }],
    });
  });

  it('keeps drift and what is pending apart in one object', () => {
    const live = aConfigMap({ a: '9', b: '1' }, [
      { ...OURS, fields: dataFields('b') },
      { ...EDIT, fields: dataFields('a') },
    ]);
    const wanted = aConfigMap({ a: '1', b: '2', c: '3' });
    expect(compare({ wanted, live, answer: wanted, lastApplied: last(false, 'a', 'b') })).toMatchObject({
      cause: 'both',
      before: aConfigMap({ a: '9', b: '1' }),
      after: wanted,
      drift: { before: aConfigMap({ a: '1', b: '1' }), after: aConfigMap({ a: '9', b: '1' }) },
      attributes: [
        { pointer: '/data/a', before: '1', after: '9', cause: 'drift' },
        { pointer: '/data/b', before: '1', after: '2', cause: 'pending' },
        { pointer: '/data/c', before: null, after: '3', cause: 'pending' },
      ],
    });
  });

  it('says that the value last applied is not kept where Git moved what drifted', () => {
    const live = aConfigMap({ a: '9' }, [{ ...EDIT, fields: dataFields('a') }]);
    const wanted = aConfigMap({ a: '2' });
    expect(compare({ wanted, live, answer: wanted, lastApplied: last(false, 'a') })).toMatchObject({
      cause: 'both',
      attributes: [
        { pointer: '/data/a', before: '(not kept)', after: '9', cause: 'drift' },
        { pointer: '/data/a', before: '9', after: '2', cause: 'pending' },
      ],
    });
  });

  it('masks a Secret everywhere, and still says what changed', () => {
    const value = (text: string): string => Buffer.from(text).toString('base64');
    const live = anObject('Secret', { data: { a: value('live-value'), b: value('same-value') } }, [
      { ...EDIT, fields: dataFields('a') },
      { ...OURS, fields: dataFields('b') },
    ]);
    const wanted = anObject('Secret', { stringData: { a: 'want-value', b: 'same-value' } });
    const change = compare({ wanted, live, answer: wanted, lastApplied: last(true, 'a', 'b') });
    const text = JSON.stringify(change);
    for (const secret of ['live-value', 'want-value', 'same-value']) {
      expect(text).not.toContain(secret);
      expect(text).not.toContain(value(secret));
    }
    expect(change).toMatchObject({
      attributes: [
        {
          pointer: '/data/a',
          before: '(sensitive, 10 characters)',
          after: '(sensitive, 10 characters, changed)',
          sensitive: true,
        },
      ],
      after: { data: { a: '(sensitive, 10 characters, changed)', b: '(sensitive, 10 characters)' } },
    });
  });

  it('replaces what can’t be changed in place', () => {
    const selector = (app: string): JsonObject => ({
      spec: { selector: { matchLabels: { app } }, replicas: 1 },
    });
    const live = anObject('Deployment', selector('a'));
    const wanted = anObject('Deployment', selector('b'));
    expect(compare({ wanted, live })).toMatchObject({
      action: 'replace',
      actions: ['delete', 'create'],
      replacedBecause: ['/spec/selector/matchLabels/app'],
    });
    const refused = { wanted: aConfigMap({ a: '2', b: '2' }), live: aConfigMap({ a: '1', b: '1' }) };
    expect(compare({ ...refused, immutable: ['data.a'] })).toMatchObject({
      action: 'replace',
      replacedBecause: ['/data/a'],
    });
    expect(compare(refused)).toMatchObject({ action: 'update', replacedBecause: [] });
  });

  it('names an object of the whole cluster', () => {
    const role: KubeObject = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'x' },
      rules: [],
    };
    expect(compare({ wanted: role })?.address).toBe('ClusterRole.rbac.authorization.k8s.io/x');
  });
});

describe('compareObject', () => {
  const live = aConfigMap({ a: '9', b: '1', other: 'x' }, [
    { ...EDIT, fields: dataFields('a') },
    { ...OURS, fields: dataFields('b') },
    { manager: 'sidecars', operation: 'Apply', fields: dataFields('other') },
  ]);
  const wanted = aConfigMap({ a: '1', b: '1' });

  it('leaves out what is ignored, and says which rules found something', () => {
    const ignore = [
      { kind: 'ConfigMap', jsonPointers: ['/data/a'] },
      { kind: 'ConfigMap', jsonPointers: ['/data/nothing'] },
    ];
    const compared = { wanted, live, answer: null, lastApplied: last(true, 'a', 'b') };
    const result = compareObject(compared, rules(ignore));
    expect(result).toMatchObject({ change: null, matched: [0], problems: [] });
    expect(unusedRules(compileIgnoreDifferences(ignore), [result.matched])).toMatchObject([{ index: 1 }]);
    expect(compareObject(compared, rules()).change).not.toBeNull();
  });

  it('names what another manager declares, which is no change', () => {
    const compared = { wanted: aConfigMap({ a: '9', b: '1' }), live, answer: live, lastApplied: null };
    expect(compareObject(compared, rules())).toMatchObject({
      change: null,
      shared: [{ pointer: '/data/other', manager: 'sidecars' }],
    });
  });
});
