import { isJsonObject, type JsonValue } from '../../domain/json.ts';
import { objectId, type KubeObject } from '../../kube/object.ts';
import { PlumblineError } from '../../util/errors.ts';
import type { Related } from './health/diagnose.ts';
import type { Session } from './session.ts';

const NOTHING: Related = { pods: [], events: [] };

/**
 * Reads the pods that an object selects, and the events of its namespace. They only tell more: what may not be read, or can't
 * be, is left out.
 */
export async function relatedTo(session: Session, object: KubeObject): Promise<Related> {
  const { namespace } = objectId(object);
  if (namespace === '') return NOTHING;
  const labelSelector = podLabels(object);
  const [pods, events] = await Promise.all([
    labelSelector === '' ? [] : listed(session, 'Pod', { namespace, labelSelector }),
    listed(session, 'Event', { namespace }),
  ]);
  return { pods, events };
}

async function listed(
  { cluster, request }: Session,
  kind: string,
  where: { namespace: string; labelSelector?: string },
): Promise<KubeObject[]> {
  try {
    const type = await cluster.resource({ group: '', kind }, request);
    return await cluster.list(type, { ...request, ...where });
  } catch (error) {
    if (error instanceof PlumblineError) return [];
    throw error;
  }
}

/** The labels of an object's pods, as a selector; empty where it selects none by labels. */
export function podLabels({ spec }: KubeObject): string {
  const selector = isJsonObject(spec) ? spec['selector'] : undefined;
  const labels = isJsonObject(selector) ? selector['matchLabels'] : undefined;
  if (!isJsonObject(labels)) return '';
  return Object.entries(labels)
    .filter((entry): entry is [string, JsonValue & string] => typeof entry[1] === 'string')
    .map(([name, value]) => `${name}=${value}`)
    .join(',');
}
