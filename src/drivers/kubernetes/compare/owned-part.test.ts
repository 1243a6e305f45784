import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../domain/json.ts';
import type { KubeObject } from '../../../kube/object.ts';
import { ownedPart } from './owned-part.ts';

const MANAGER = 'plumbline';
const entry = (manager: string, fieldsV1: JsonObject, operation = 'Apply'): JsonObject => ({
  manager,
  operation,
  fieldsType: 'FieldsV1',
  fieldsV1,
});

function aPod(...managedFields: JsonObject[]): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'web',
      namespace: 'shop',
      uid: 'u-1',
      labels: { app: 'web', added: 'by-hand' },
      managedFields,
    },
    spec: {
      nodeSelector: {},
      tolerations: [{ key: 'a' }],
      containers: [
        { name: 'sidecar', image: 'sidecar:1' },
        {
          name: 'web',
          image: 'web:1',
          imagePullPolicy: 'Always',
          ports: [{ containerPort: 80, protocol: 'TCP' }],
        },
      ],
      finalizers: ['x', 'y'],
    },
    status: { phase: 'Pending' },
  };
}

describe('ownedPart', () => {
  it('is what the manager declared: members, items by their keys, sets, and lists as a whole', () => {
    const own = {
      'f:metadata': { 'f:labels': { 'f:app': {} } },
      'f:spec': {
        'f:tolerations': {},
        'f:finalizers': { 'v:"y"': {} },
        'f:containers': {
          'k:{"name":"web"}': {
            '.': {},
            'f:name': {},
            'f:image': {},
            'f:ports': { 'k:{"containerPort":80,"protocol":"TCP"}': { '.': {}, 'f:containerPort': {} } },
          },
        },
      },
    };
    expect(ownedPart(aPod(entry(MANAGER, own)), MANAGER)).toEqual({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'web', namespace: 'shop', labels: { app: 'web' } },
      spec: {
        tolerations: [{ key: 'a' }],
        finalizers: ['y'],
        containers: [{ name: 'web', image: 'web:1', ports: [{ containerPort: 80 }] }],
      },
    });
  });

  it('is an empty map where one was declared, and others have added to it', () => {
    const own = { 'f:metadata': { 'f:labels': {} } };
    const others = { 'f:metadata': { 'f:labels': { '.': {}, 'f:added': {} } } };
    const pod = aPod(entry(MANAGER, own), entry('kubectl', others, 'Update'));
    expect(ownedPart(pod, MANAGER)?.metadata).toEqual({ name: 'web', namespace: 'shop', labels: {} });
  });

  it.each([
    ['nobody', []],
    ['another one', [entry('kubectl', { 'f:spec': {} })]],
    ['itself, by an update', [entry(MANAGER, { 'f:spec': {} }, 'Update')]],
  ])('is nothing where it was declared by %s', (_, entries) => {
    expect(ownedPart(aPod(...entries), MANAGER)).toBeNull();
  });
});
