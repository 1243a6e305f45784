import { listOf, textOf } from './definitions/definition-objects.ts';
import type { KubeObject } from '../../kube/object.ts';

/** Field managers that apply objects from Git, too. */
const TOOLS: Readonly<Record<string, string>> = {
  'kustomize-controller': 'Flux',
  'helm-controller': 'Flux',
  'argocd-controller': 'Argo CD',
  'argocd-application-controller': 'Argo CD',
};

/** A sentence for each other tool that has applied live objects from Git: the two would undo each other's work. */
export function otherManagers(objects: Iterable<KubeObject>): string[] {
  const counts = new Map<string, number>();
  for (const object of objects) {
    const managers = listOf(object, 'metadata', 'managedFields').map(
      (entry) => textOf(entry, 'manager') ?? '',
    );
    const tools = managers.flatMap((manager) => (Object.hasOwn(TOOLS, manager) ? [TOOLS[manager]!] : []));
    for (const tool of new Set(tools)) counts.set(tool, (counts.get(tool) ?? 0) + 1);
  }
  return [...counts].map(
    ([tool, count]) =>
      `${tool} has applied ${count} of these objects, too: two managers undo each other’s work. Suspend them there, or leave them to ${tool}.`,
  );
}
