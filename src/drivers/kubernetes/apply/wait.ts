import { setTimeout as delay } from 'node:timers/promises';
import type { ResourceType } from '../../../kube/cluster.ts';
import { objectAddress, objectId, type KubeObject, type ObjectId } from '../../../kube/object.ts';
import { PlumblineError } from '../../../util/errors.ts';
import { healthOf } from '../health/health-of.ts';
import { RESOURCE_HEALTH } from '../../../domain/resources/resource.ts';
import type { Health } from '../health/health.ts';
import { readLive, type Sought } from '../live.ts';
import { relatedTo } from '../related.ts';
import type { Session } from '../session.ts';

const FIRST_POLL_MS = 100;
const LAST_POLL_MS = 2_000;

/** An object that is waited for, and how it is doing. */
export interface Watched {
  sought: Sought;
  health: Health;
  object: KubeObject | undefined;
}

/** Asks again and again, at longer and longer intervals, until there is an answer. @throws what the signal was aborted with */
export async function poll<T>(session: Session, ask: () => Promise<T | undefined>): Promise<T> {
  for (let ms = FIRST_POLL_MS; ; ms = Math.min(LAST_POLL_MS, ms * 1.5)) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await delay(ms, undefined, {
      ref: true,
      ...(session.request.signal ? { signal: session.request.signal } : {}),
    });
  }
}

/** Waits until an object is gone. One that stays because of its finalizers is named with them. */
export async function untilGone(
  session: Session,
  type: ResourceType,
  id: Pick<ObjectId, 'namespace' | 'name'>,
): Promise<void> {
  const until = performance.now() + session.waitMs;
  await poll(session, async () => {
    const left = await session.cluster.get(type, id, session.request);
    if (left === undefined) return true;
    if (performance.now() < until) return undefined;
    throw stuck(left);
  });
}

/** How objects do now. */
export async function healthNow(session: Session, sought: readonly Sought[]): Promise<Watched[]> {
  const live = await readLive(session.cluster, sought, session.request);
  return sought.map((one) => {
    const object = live.get(objectAddress(one.id));
    return { sought: one, object, health: healthOf(object, { rules: session.healthRules }) };
  });
}

/**
 * Waits until objects are healthy, and says what is still to come whenever that changes.
 * @returns those that are not, the worst first: degraded ones at once, and after the stack's time those that are still on
 * their way
 */
export async function untilHealthy(session: Session, sought: readonly Sought[]): Promise<Watched[]> {
  const until = performance.now() + session.waitMs;
  let said = '';
  return await poll(session, async () => {
    const unwell = (await healthNow(session, sought))
      .filter(({ health }) => !isWell(health))
      .toSorted(worstFirst);
    const over = performance.now() >= until || unwell.some(({ health }) => hasFailed(health));
    if (unwell.length === 0 || over) return unwell;
    const line = session.redact(describe(unwell));
    if (line !== said) session.context.onProgress({ step: 'Waiting for health', line });
    said = line;
    return undefined;
  });
}

/** Says what is not healthy and why, by what is told about the first one's pods and events. */
export async function explain(session: Session, [first, ...others]: readonly Watched[]): Promise<string> {
  if (first === undefined) return '';
  const { object } = first;
  const related = object === undefined ? undefined : await relatedTo(session, object);
  const health = healthOf(object, {
    rules: session.healthRules,
    ...(related === undefined ? {} : { related }),
  });
  return session.redact(describe([{ ...first, health }, ...others]));
}

/** `web/Deployment.apps/shop is progressing: 1 of 3 updated`, and how many more. */
function describe(unwell: readonly Watched[]): string {
  const [first] = unwell;
  if (first === undefined) return '';
  const { sought, health } = first;
  const why = health.reason === '' ? '' : `: ${health.reason}`;
  const more = unwell.length > 1 ? ` (and ${unwell.length - 1} more)` : '';
  return `${objectAddress(sought.id)} is ${health.status}${why}${more}`;
}

function worstFirst(a: Watched, b: Watched): number {
  return RESOURCE_HEALTH.indexOf(b.health.status) - RESOURCE_HEALTH.indexOf(a.health.status);
}

/** Whether nothing of it has to be waited for. */
export function isWell({ status }: Health): boolean {
  return status === 'healthy' || status === 'suspended';
}

function hasFailed({ status }: Health): boolean {
  return status === 'degraded' || status === 'unknown';
}

function stuck(object: KubeObject): PlumblineError {
  const finalizers = object.metadata['finalizers'];
  const waits =
    Array.isArray(finalizers) && finalizers.length > 0
      ? ` It waits for its finalizers: ${finalizers.map(String).join(', ')}.`
      : '';
  return new PlumblineError(
    'kube_not_gone',
    `${objectAddress(objectId(object))} was deleted and is still there.${waits} See what holds it with "kubectl describe", then try again.`,
  );
}
