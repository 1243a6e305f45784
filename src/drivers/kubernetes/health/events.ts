import { isJsonObject, type JsonObject } from '../../../domain/json.ts';
import { valueAt } from '../../../domain/json-pointer.ts';
import type { KubeObject } from '../../../kube/object.ts';
import { textAt } from './fields.ts';

/** What an event is about: `involvedObject` in the core group's events, `regarding` in those of events.k8s.io. */
export function regarding(event: KubeObject): JsonObject | null {
  const subject = valueAt(event, ['involvedObject']) ?? valueAt(event, ['regarding']);
  return isJsonObject(subject) ? subject : null;
}

/** Whether an event is about an object: by its UID where both say it. */
export function isAbout(event: KubeObject, object: KubeObject): boolean {
  const subject = regarding(event);
  if (subject === null) return false;
  const uid = textAt(subject, 'uid');
  const own = textAt(object, 'metadata', 'uid');
  if (uid !== '' && own !== '') return uid === own;
  return (
    textAt(subject, 'kind') === object.kind &&
    textAt(subject, 'name') === object.metadata.name &&
    textAt(subject, 'namespace') === textAt(object, 'metadata', 'namespace')
  );
}

/** When an event was last seen, in ms since 1970; 0 where it does not say. */
export function eventTime(event: KubeObject): number {
  const times = [
    textAt(event, 'series', 'lastObservedTime'),
    textAt(event, 'lastTimestamp'),
    textAt(event, 'eventTime'),
    textAt(event, 'deprecatedLastTimestamp'),
    textAt(event, 'metadata', 'creationTimestamp'),
  ].map((text) => Date.parse(text));
  return times.reduce((newest, time) => (Number.isNaN(time) ? newest : Math.max(newest, time)), 0);
}
