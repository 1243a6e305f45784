import type { ResourceEvent, StackResource } from '../../../domain/resources/resource.ts';
import { metaTexts, type KubeObject, type ObjectId } from '../../../kube/object.ts';
import { containersOf, oneLine } from '../health/containers.ts';
import { eventTime } from '../health/events.ts';
import { numberAt, textAt } from '../health/fields.ts';
import { RECORD_ANNOTATIONS } from '../labels.ts';

/** A resource of the tree, and the object as it is live; null: it isn't. */
export interface Node {
  resource: StackResource;
  object: KubeObject | null;
}

/** What a resource is, before anything is known of how it is. */
export function plainResource(
  id: ObjectId,
  address: string,
  known: Pick<StackResource, 'parent' | 'sync' | 'isHook' | 'health' | 'images'>,
): StackResource {
  const { group, kind, namespace, name } = id;
  return { address, group, kind, namespace, name, ...known, written: null, ends: [], events: [] };
}

/** What last wrote an object, by its annotations. */
export function writtenBy(object: KubeObject | null): StackResource['written'] {
  if (object === null) return null;
  const { [RECORD_ANNOTATIONS[0]]: commit, [RECORD_ANNOTATIONS[1]]: attempt } = metaTexts(
    object,
    'annotations',
  );
  return commit === undefined || attempt === undefined ? null : { commit, attempt };
}

/** How the containers of a pod last ended, where that was no success. */
export function endsOf(pod: KubeObject): StackResource['ends'] {
  return containersOf(pod).flatMap(({ name, terminated, lastTerminated }) => {
    const end = [terminated, lastTerminated].find((each) => each !== null && each.exitCode !== 0);
    if (end === undefined || end === null) return [];
    const { exitCode, reason, message } = end;
    return [{ container: name, exitCode, reason, message: oneLine(message, 2_000) }];
  });
}

/** An event as it is shown. */
export function shownEvent(event: KubeObject): ResourceEvent {
  const time = eventTime(event);
  return {
    type: textAt(event, 'type'),
    reason: textAt(event, 'reason'),
    message: oneLine(textAt(event, 'message') || textAt(event, 'note'), 1_000),
    count: Math.max(1, numberAt(event, ['count']), numberAt(event, ['series', 'count'])),
    at: time === 0 ? null : new Date(time).toISOString(),
  };
}
