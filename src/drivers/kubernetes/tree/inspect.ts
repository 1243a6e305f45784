import type { StackResource, StackResources } from '../../../domain/resources/resource.ts';
import { objectAddress, objectId, type KubeObject } from '../../../kube/object.ts';
import type { PlanContext } from '../../driver.ts';
import { healthOf } from '../health/health-of.ts';
import { hideSecrets } from '../hide-secrets.ts';
import { readLive } from '../live.ts';
import { planStack } from '../plan-stack.ts';
import type { PlannedStack } from '../planned-stack.ts';
import { openSession, step, type Session } from '../session.ts';
import { childrenOf, uidOf, type Child } from './children.ts';
import { childTypes, orphanTypes } from './child-kinds.ts';
import { declaredNodes, redacted } from './declared.ts';
import { explainUnwell } from './explain.ts';
import { imagesOf } from './images.ts';
import { createLister, type Lister } from './lister.ts';
import { endsOf, plainResource, writtenBy, type Node } from './node.ts';
import { isOrphan } from './orphans.ts';

/** More than people look at; what is beyond is counted. */
const MOST_RESOURCES = 5_000;

/**
 * What a stack has on its cluster; see `Driver.inspect`. Plans for what the declared objects are, and lists each kind that
 * their controllers make once for each namespace.
 */
export async function inspectKubernetes(
  context: PlanContext,
  wanted: { orphans: boolean },
): Promise<StackResources> {
  const session = await openSession(context);
  const planned = await planStack(session);
  const lister = createLister(session);
  const declared = await withHooks(session, planned, declaredNodes(session, planned));
  const namespaces = namespacesOf(declared);
  const served = await session.cluster.resources(session.request);
  const types = childTypes(
    declared.map(({ resource }) => resource),
    served,
  );
  const made = await step(session, 'children', () => lister.objects(types, namespaces));
  const children = childrenOf(rootsOf(declared), made).map((child) => childNode(session, child));
  const nodes = [...declared, ...children];
  const explained = await step(session, 'events', () => explainUnwell(session, lister, nodes));
  const orphans = wanted.orphans
    ? await step(session, 'orphans', () => orphansIn(session, lister, namespaces, declared))
    : null;
  const resources = explained.map((resource) => redacted(session, resource));
  const beyond = resources.length - MOST_RESOURCES;
  return {
    resources: resources.slice(0, MOST_RESOURCES),
    orphans,
    notes: [
      ...planned.problems.map(({ address, message }) => `${address}: ${message}`),
      ...lister.notes().map(session.redact),
      ...(beyond > 0 ? [`${beyond} more objects are left out here.`] : []),
    ],
  };
}

/** Hooks are no part of a plan: what is left of them is read here. */
async function withHooks(session: Session, planned: PlannedStack, nodes: readonly Node[]): Promise<Node[]> {
  const sought = planned.objects.flatMap(({ id, rules, wanted: { type } }) =>
    rules.hook === null || type === null ? [] : [{ id, type }],
  );
  const live = await readLive(session.cluster, sought, session.request, () => undefined);
  hideSecrets(session, live.values());
  return nodes.map(({ resource, object }) => {
    const hook = resource.isHook ? live.get(resource.address) : undefined;
    if (hook === undefined) return { resource, object };
    const health = healthOf(hook, { rules: session.healthRules });
    return { resource: { ...resource, health, written: writtenBy(hook) }, object: hook };
  });
}

function namespacesOf(nodes: readonly Node[]): string[] {
  return [...new Set(nodes.map(({ resource }) => resource.namespace))]
    .filter((name) => name !== '')
    .toSorted();
}

function rootsOf(nodes: readonly Node[]): Map<string, string> {
  return new Map(
    nodes.flatMap(({ resource, object }): [string, string][] =>
      object === null || uidOf(object) === '' ? [] : [[uidOf(object), resource.address]],
    ),
  );
}

function childNode({ healthRules }: Session, { address, parent, object }: Child): Node {
  const health = healthOf(object, { rules: healthRules });
  const known = { parent, sync: null, isHook: false, health, images: imagesOf(object) };
  const resource = plainResource(objectId(object), address, known);
  const isPod = object.kind === 'Pod' && object.apiVersion === 'v1';
  return { resource: isPod ? { ...resource, ends: endsOf(object) } : resource, object };
}

async function orphansIn(
  session: Session,
  lister: Lister,
  namespaces: readonly string[],
  declared: readonly Node[],
): Promise<StackResource[]> {
  const known = new Set(declared.map(({ resource }) => resource.address));
  const types = orphanTypes(await session.cluster.resources(session.request));
  const objects: KubeObject[] = await lister.metadata(types, namespaces);
  return objects
    .map((object) => ({ object, id: objectId(object), address: objectAddress(objectId(object)) }))
    .filter(({ object, address }) => isOrphan(object, known, address))
    .map(({ id, address }) =>
      plainResource(id, address, { parent: null, sync: null, isHook: false, health: null, images: [] }),
    )
    .toSorted((a, b) => (a.address < b.address ? -1 : 1))
    .slice(0, MOST_RESOURCES);
}
