import { type KubeObject, objectAddress, objectId } from '../../../kube/object.ts';
import { type ContainerState, containersOf, isFailure, oneLine, terminationText } from './containers.ts';
import { eventTime, isAbout, regarding } from './events.ts';
import { type Condition, conditionOf, conditionsOf, conditionText, numberAt, textAt } from './fields.ts';

/** What stands around an object: its pods (at whatever remove), and events about it and them. */
export interface Related {
  pods: readonly KubeObject[];
  events: readonly KubeObject[];
}

/**
 * The one sentence that says why an object is not well, or null when nothing tells. The most specific thing is said, in this
 * order: how a container last ended, why one can't start, why a pod can't be placed, the newest warning event, the failing
 * condition. Of several pods the first by name speaks, so that the sentence stays the same while nothing changes.
 * What containers and events say is text of others: it may hold what the caller has to redact.
 */
export function diagnose(object: KubeObject, { pods, events }: Related): string | null {
  const all = object.kind === 'Pod' && object.apiVersion === 'v1' ? [object, ...pods] : [...pods];
  const byName = [...new Map(all.map((pod) => [addressOf(pod), pod])).values()].toSorted((a, b) =>
    addressOf(a) < addressOf(b) ? -1 : 1,
  );
  return (
    firstOf(byName, terminationClause) ??
    firstOf(byName, waitingClause) ??
    firstOf(byName, placementClause) ??
    eventClause(object, byName, events) ??
    conditionClause(object)
  );
}

function firstOf(pods: readonly KubeObject[], clause: (pod: KubeObject) => string | null): string | null {
  for (const pod of pods) {
    const said = clause(pod);
    if (said !== null) return said;
  }
  return null;
}

/** The last bad end of a container that isn't well now. */
function terminationClause(pod: KubeObject): string | null {
  if (isWell(pod)) return null;
  for (const container of containersOf(pod)) {
    const end = [container.terminated, container.lastTerminated].find(
      (termination) => termination !== null && (termination.exitCode !== 0 || termination.signal !== 0),
    );
    if (end === undefined || end === null) continue;
    const waiting = container.waiting === null ? '' : ` (now ${container.waiting.reason})`;
    return `${whereOf(pod, container)} ended with ${terminationText(end)}${waiting}`;
  }
  return null;
}

function waitingClause(pod: KubeObject): string | null {
  const stuck = containersOf(pod).find(({ waiting }) => waiting !== null && isFailure(waiting.reason));
  if (stuck === undefined) return null;
  const { reason, message } = stuck.waiting!;
  return `${whereOf(pod, stuck)} can't start: ${reason}${message === '' ? '' : `: ${oneLine(message)}`}`;
}

function placementClause(pod: KubeObject): string | null {
  const scheduled = conditionOf(pod, 'PodScheduled');
  if (scheduled?.status !== 'False') return null;
  return `pod ${podName(pod)} can't be placed: ${oneLine(conditionText(scheduled))}`;
}

/** The newest warning about the object or one of its pods. */
function eventClause(
  object: KubeObject,
  pods: readonly KubeObject[],
  events: readonly KubeObject[],
): string | null {
  const about = [object, ...pods.filter((pod) => !isWell(pod))];
  const warnings = events
    .filter((event) => textAt(event, 'type') === 'Warning' && about.some((item) => isAbout(event, item)))
    .map((event) => ({ event, at: eventTime(event) }))
    .toSorted((a, b) => b.at - a.at || (addressOf(a.event) < addressOf(b.event) ? -1 : 1));
  const newest = warnings[0]?.event;
  if (newest === undefined) return null;
  const subject = isAbout(newest, object) ? '' : `${subjectOf(newest)}: `;
  const count = Math.max(numberAt(newest, ['count']), numberAt(newest, ['series', 'count']));
  const text = oneLine(textAt(newest, 'message') || textAt(newest, 'note'));
  return `${subject}${textAt(newest, 'reason')}: ${text}${count > 1 ? ` (${count} times)` : ''}`;
}

/** Conditions that should be true, and those that shouldn't: kinds of Kubernetes, Flux, the Gateway API and Crossplane. */
const GOOD: ReadonlySet<string> = new Set([
  'Ready',
  'Available',
  'Progressing',
  'ContainersReady',
  'Established',
  'Accepted',
  'Programmed',
  'Synced',
  'Healthy',
]);
const BAD: ReadonlySet<string> = new Set([
  'Stalled',
  'Failed',
  'ReplicaFailure',
  'FailureTarget',
  'Degraded',
]);

function conditionClause(object: KubeObject): string | null {
  const conditions = conditionsOf(object);
  const failing =
    conditions.find(({ type, status }) => BAD.has(type) && status === 'True') ??
    conditions.find(({ type, status }) => GOOD.has(type) && status === 'False');
  return failing === undefined ? null : failingText(failing);
}

function failingText(condition: Condition): string {
  const { type, status, reason, message } = condition;
  const why = [reason, oneLine(message)].filter((part) => part !== '').join(': ');
  return why === '' ? `${type} is ${status}` : `${type} is ${status}: ${why}`;
}

function isWell(pod: KubeObject): boolean {
  return textAt(pod, 'status', 'phase') === 'Succeeded' || conditionOf(pod, 'Ready')?.status === 'True';
}

function subjectOf(event: KubeObject): string {
  const subject = regarding(event);
  return subject === null ? '' : `${textAt(subject, 'kind').toLowerCase()} ${textAt(subject, 'name')}`;
}

function whereOf(pod: KubeObject, { name, isInit }: ContainerState): string {
  return `${isInit ? 'init container' : 'container'} ${name} of pod ${podName(pod)}`;
}

function podName(pod: KubeObject): string {
  return pod.metadata.name;
}

function addressOf(object: KubeObject): string {
  return objectAddress(objectId(object));
}
