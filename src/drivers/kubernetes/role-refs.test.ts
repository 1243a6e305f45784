import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../kube/object.ts';
import { roleNeededBy, roleOfferedBy } from './role-refs.ts';

const GROUP = 'rbac.authorization.k8s.io';
const placed = (kind: string, namespace: string, name: string, more = {}) => ({
  id: { group: GROUP, kind, namespace, name },
  object: { apiVersion: `${GROUP}/v1`, kind, metadata: { name, namespace }, ...more } as KubeObject,
});

describe('roles and their bindings', () => {
  it.each([
    ['RoleBinding', 'web', { kind: 'Role', name: 'reader' }, placed('Role', 'web', 'reader'), true],
    ['RoleBinding', 'web', { kind: 'Role', name: 'reader' }, placed('Role', 'shop', 'reader'), false],
    ['RoleBinding', 'web', { kind: 'Role', name: 'reader' }, placed('ClusterRole', '', 'reader'), false],
    ['RoleBinding', 'web', { kind: 'ClusterRole', name: 'view' }, placed('ClusterRole', '', 'view'), true],
    [
      'ClusterRoleBinding',
      '',
      { kind: 'ClusterRole', name: 'view' },
      placed('ClusterRole', '', 'view'),
      true,
    ],
    [
      'ClusterRoleBinding',
      '',
      { kind: 'ClusterRole', name: 'view' },
      placed('ClusterRole', '', 'edit'),
      false,
    ],
  ])('a %s in "%s" to %o needs what is offered: %#', (kind, namespace, roleRef, role, equal) => {
    const needed = roleNeededBy(placed(kind, namespace, 'binding', { roleRef }));
    expect(needed).not.toBeNull();
    expect(needed === roleOfferedBy(role)).toBe(equal);
  });

  it('are not other kinds, nor bindings of nothing', () => {
    expect(roleNeededBy(placed('Role', 'web', 'reader'))).toBeNull();
    expect(roleNeededBy(placed('RoleBinding', 'web', 'binding'))).toBeNull();
    expect(roleOfferedBy(placed('RoleBinding', 'web', 'binding'))).toBeNull();
  });
});
