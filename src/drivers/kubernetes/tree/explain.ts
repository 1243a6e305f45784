import type { StackResource } from '../../../domain/resources/resource.ts';
import type { KubeObject } from '../../../kube/object.ts';
import { eventTime, isAbout } from '../health/events.ts';
import { healthOf } from '../health/health-of.ts';
import type { Session } from '../session.ts';
import type { Lister } from './lister.ts';
import { shownEvent, type Node } from './node.ts';

/** The newest events of one object that are shown. */
const EVENTS_SHOWN = 5;

/**
 * Says of what is not well why, by its pods and by what the cluster says of it and of what it has made. Events are only read
 * where something is not well.
 */
export async function explainUnwell(
  { cluster, request, healthRules }: Session,
  lister: Lister,
  nodes: readonly Node[],
): Promise<StackResource[]> {
  const told = unwellWithChildren(nodes);
  if (told.size === 0) return nodes.map(({ resource }) => resource);
  const namespaces = [...new Set([...told].map(({ resource }) => resource.namespace))].filter(
    (name) => name !== '',
  );
  const type = await cluster.resource({ group: '', kind: 'Event' }, request);
  const events = await lister.objects([type], namespaces);
  const pods = podsByOwner(nodes);
  return nodes.map((node) => {
    const { resource, object } = node;
    if (!told.has(node) || object === null || resource.health === null) return resource;
    const related = { pods: pods.get(resource.address) ?? [], events };
    const about = events
      .filter((event) => isAbout(event, object))
      .toSorted((a, b) => eventTime(b) - eventTime(a))
      .slice(0, EVENTS_SHOWN);
    const health = healthOf(object, { rules: healthRules, related });
    return { ...resource, health, events: about.map(shownEvent) };
  });
}

/** What is not well, and all that it has made: the reason is often there. */
function unwellWithChildren(nodes: readonly Node[]): Set<Node> {
  const told = new Set<Node>();
  const addresses = new Set<string>();
  for (const node of nodes) {
    const { address, parent, health } = node.resource;
    const isWell = health === null || health.status === 'healthy' || health.status === 'suspended';
    if (isWell && (parent === null || !addresses.has(parent))) continue;
    told.add(node);
    addresses.add(address);
  }
  return told;
}

/** The pods under each object, at whatever remove. */
function podsByOwner(nodes: readonly Node[]): Map<string, KubeObject[]> {
  const parents = new Map(nodes.map(({ resource }) => [resource.address, resource.parent]));
  const pods = new Map<string, KubeObject[]>();
  for (const { resource, object } of nodes) {
    if (object === null || resource.kind !== 'Pod' || resource.group !== '') continue;
    for (let at = resource.parent; at !== null; at = parents.get(at) ?? null) {
      const own = pods.get(at) ?? [];
      own.push(object);
      pods.set(at, own);
    }
  }
  return pods;
}
