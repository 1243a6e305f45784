import { describe, expect, it } from 'vitest';
import { otherManagers } from './other-managers.ts';

const managedBy = (...managers: string[]) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'a', managedFields: managers.map((manager) => ({ manager, operation: 'Apply' })) },
});

describe('otherManagers', () => {
  it('counts the objects of each tool that applies from Git', () => {
    const objects = [
      managedBy('plumbline', 'kustomize-controller', 'helm-controller'),
      managedBy('kustomize-controller'),
      managedBy('argocd-controller'),
      managedBy('plumbline', 'kubectl-edit'),
    ];
    expect(otherManagers(objects)).toEqual([
      expect.stringMatching(/^Flux has applied 2 /),
      expect.stringMatching(/^Argo CD has applied 1 /),
    ]);
    expect(otherManagers([managedBy('plumbline')])).toEqual([]);
  });
});
