import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../domain/json.ts';
import { immutablePointers } from './immutable.ts';

const anObject = (apiVersion: string, kind: string, more: JsonObject = {}) => ({
  apiVersion,
  kind,
  metadata: { name: 'x' },
  ...more,
});

describe('immutablePointers', () => {
  it.each<[string, string, string, boolean]>([
    ['apps/v1', 'Deployment', '/spec/selector/matchLabels/app', true],
    ['apps/v1', 'Deployment', '/spec/replicas', false],
    ['apps/v1', 'StatefulSet', '/spec/serviceName', true],
    ['apps/v1', 'StatefulSet', '/spec/volumeClaimTemplates/0', true],
    ['apps/v1', 'StatefulSet', '/spec/replicas', false],
    ['apps/v1', 'StatefulSet', '/spec/template/spec/containers/0/image', false],
    ['v1', 'PersistentVolumeClaim', '/spec/storageClassName', true],
    ['v1', 'PersistentVolumeClaim', '/spec/resources/requests/storage', false],
    ['batch/v1', 'Job', '/spec/template/spec/containers/0/image', true],
    ['batch/v1', 'Job', '/spec/parallelism', false],
    ['v1', 'Pod', '/spec/containers/0/image', false],
    ['v1', 'Pod', '/spec/containers/1', true],
    ['v1', 'Secret', '/type', true],
    ['v1', 'Secret', '/data/a', false],
    ['rbac.authorization.k8s.io/v1', 'RoleBinding', '/roleRef/name', true],
    ['rbac.authorization.k8s.io/v1', 'RoleBinding', '/subjects/0', false],
    ['example.com/v1', 'Deployment', '/spec/selector/a', false],
  ])('of %s %s at %s: %s', (apiVersion, kind, pointer, is) => {
    expect(immutablePointers(anObject(apiVersion, kind), [pointer])).toEqual(is ? [pointer] : []);
  });

  it('are the data of a ConfigMap or Secret that says so itself', () => {
    const frozen = anObject('v1', 'ConfigMap', { immutable: true });
    expect(immutablePointers(frozen, ['/data/a', '/metadata/labels/x'])).toEqual(['/data/a']);
  });

  it('are those that the server named, in its own way of writing', () => {
    const pointers = ['/spec/a', '/spec/list/0/b', '/spec/other'];
    const thing = anObject('example.com/v1', 'Thing');
    expect(immutablePointers(thing, pointers, ['spec.list[0].b'])).toEqual(['/spec/list/0/b']);
    expect(immutablePointers(thing, pointers, ['spec.list'])).toEqual(['/spec/list/0/b']);
    expect(immutablePointers(thing, pointers, ['spec'])).toEqual(pointers);
    expect(immutablePointers(thing, pointers, ['spec.ot'])).toEqual([]);
  });
});
