import type { StackResource } from '../../../domain/resources/resource.ts';
import type { KubeObject } from '../../../kube/object.ts';
import { healthOf } from '../health/health-of.ts';
import type { PlannedObject, PlannedPrune, PlannedStack } from '../planned-stack.ts';
import type { Session } from '../session.ts';
import { imagesOf } from './images.ts';
import { plainResource, writtenBy, type Node } from './node.ts';
import { syncStateOf } from './sync-state.ts';

/** The stack's own objects, those that Git no longer has among them, as a plan found them. Hooks are not looked at by a plan. */
export function declaredNodes(session: Session, planned: PlannedStack): Node[] {
  const unplanned = new Set(planned.problems.map(({ address }) => address));
  return [
    ...planned.objects.map((one) => wantedNode(session, one, unplanned)),
    ...planned.prunes.map((one) => extraNode(session, one)),
  ].toSorted((a, b) => (a.resource.address < b.resource.address ? -1 : 1));
}

/** The same for the store: without the objects, and with nothing secret in what is said of them. */
export function declaredResources(session: Session, planned: PlannedStack): StackResource[] {
  return declaredNodes(session, planned).map(({ resource }) => redacted(session, resource));
}

/** A resource whose texts, which are others' words, hold nothing secret. */
export function redacted({ redact }: Pick<Session, 'redact'>, resource: StackResource): StackResource {
  const { health, ends, events } = resource;
  return {
    ...resource,
    health: health && { ...health, reason: redact(health.reason) },
    ends: ends.map((end) => ({ ...end, message: redact(end.message) })),
    events: events.map((event) => ({ ...event, message: redact(event.message) })),
  };
}

function wantedNode(
  session: Session,
  { id, address, object, live, rules, change }: PlannedObject,
  unplanned: ReadonlySet<string>,
): Node {
  const isHook = rules.hook !== null;
  const sync = isHook
    ? null
    : syncStateOf({ isLive: live !== null, change, couldCompare: !unplanned.has(address) });
  const isJudged = !rules.ignoreHealth && !isHook && sync !== 'unknown';
  const health = isJudged ? healthIn(session, live) : null;
  const images = imagesOf(live ?? object);
  return {
    resource: {
      ...plainResource(id, address, { parent: null, sync, isHook, health, images }),
      written: writtenBy(live),
    },
    object: live,
  };
}

function extraNode(session: Session, { id, address, object }: PlannedPrune): Node {
  const health = healthIn(session, object);
  const known = { parent: null, sync: 'extra' as const, isHook: false, health, images: imagesOf(object) };
  return { resource: { ...plainResource(id, address, known), written: writtenBy(object) }, object };
}

function healthIn({ healthRules }: Session, live: KubeObject | null): StackResource['health'] {
  return healthOf(live ?? undefined, { rules: healthRules });
}
