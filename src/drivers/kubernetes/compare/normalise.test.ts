import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../kube/object.ts';
import { LAST_APPLIED_ANNOTATION, normalise } from './normalise.ts';

describe('normalise', () => {
  it('drops what only the server writes, and keeps every field that it does not know', () => {
    const object: KubeObject = {
      apiVersion: 'example.com/v1',
      kind: 'Thing',
      metadata: {
        name: 'x',
        namespace: 'n',
        uid: 'u',
        resourceVersion: '7',
        generation: 3,
        creationTimestamp: '2026-01-01T00:00:00Z',
        deletionTimestamp: '2026-01-01T00:00:00Z',
        deletionGracePeriodSeconds: 0,
        selfLink: '/x',
        managedFields: [],
        labels: { a: 'b' },
        annotations: {
          [LAST_APPLIED_ANNOTATION]: '{}',
          'deployment.kubernetes.io/revision': '3',
          keep: 'me',
        },
        ownerReferences: [{ uid: 'o' }],
        futureField: 1,
      },
      spec: { uid: 'mine', status: 'mine', generation: 1 },
      status: { ready: true },
      extra: [null],
    };
    const before = structuredClone(object);
    expect(normalise(object)).toEqual({
      apiVersion: 'example.com/v1',
      kind: 'Thing',
      metadata: {
        name: 'x',
        namespace: 'n',
        labels: { a: 'b' },
        annotations: { keep: 'me' },
        ownerReferences: [{ uid: 'o' }],
        futureField: 1,
      },
      spec: { uid: 'mine', status: 'mine', generation: 1 },
      extra: [null],
    });
    expect(object).toEqual(before);
  });

  it('folds stringData of a Secret into data, where it wins', () => {
    const secret: KubeObject = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 's' },
      data: { a: 'b2xk', b: 'Yg==' },
      stringData: { a: 'new', c: 'ü' },
    };
    expect(normalise(secret)).toEqual({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 's' },
      data: { a: 'bmV3', b: 'Yg==', c: 'w7w=' },
    });
  });

  it('leaves stringData of other kinds alone', () => {
    const other: KubeObject = {
      apiVersion: 'example.com/v1',
      kind: 'Secret',
      metadata: { name: 's' },
      stringData: { a: 'x' },
    };
    expect(normalise(other)).toEqual(other);
  });

  it('is the same when done twice, and keeps names that objects inherit', () => {
    const object = JSON.parse(
      '{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s","__proto__":{"x":1}},"stringData":{"__proto__":"a"}}',
    ) as KubeObject;
    const once = normalise(object);
    expect(normalise(once)).toEqual(once);
    expect(JSON.stringify(once)).toContain('"__proto__":"YQ=="');
    expect(JSON.stringify(once)).toContain('"__proto__":{"x":1}');
  });
});
