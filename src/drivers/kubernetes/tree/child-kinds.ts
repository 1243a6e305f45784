import type { ResourceType } from '../../../kube/cluster.ts';
import { kindName } from '../../../kube/paths.ts';

/** What the controllers of Kubernetes make for an object of a kind, and those for theirs. */
const MADE_BY: Readonly<Record<string, readonly string[]>> = {
  'Deployment.apps': ['ReplicaSet.apps', 'Pod'],
  'ReplicaSet.apps': ['Pod'],
  'StatefulSet.apps': ['Pod'],
  'DaemonSet.apps': ['Pod'],
  'CronJob.batch': ['Job.batch', 'Pod'],
  'Job.batch': ['Pod'],
};

/** Kinds that controllers make in numbers and that tell nobody anything. */
const NOISE: ReadonlySet<string> = new Set([
  'ControllerRevision.apps',
  'EndpointSlice.discovery.k8s.io',
  'Endpoints',
  'Event',
  'Event.events.k8s.io',
  'Lease.coordination.k8s.io',
]);

/** Groups of Kubernetes itself: what their objects lead to is known. */
function isOfKubernetes(group: string): boolean {
  return !group.includes('.') || group.endsWith('.k8s.io');
}

/**
 * The types to list for the children of a stack's objects. What the kinds of Kubernetes lead to is known; what others lead to
 * can be anything, so that with one of those all types are listed.
 * @param served all types of the cluster
 */
export function childTypes(
  declared: readonly { group: string; kind: string }[],
  served: readonly ResourceType[],
): ResourceType[] {
  const anything = declared.some(({ group }) => !isOfKubernetes(group));
  const made = new Set(declared.flatMap((one) => MADE_BY[kindName(one)] ?? []));
  return served.filter((type) => {
    const name = kindName(type);
    return type.namespaced && !NOISE.has(name) && (anything || made.has(name));
  });
}

/** The types among which objects that nobody declared are looked for. */
export function orphanTypes(served: readonly ResourceType[]): ResourceType[] {
  return served.filter((type) => type.namespaced && !NOISE.has(kindName(type)));
}
