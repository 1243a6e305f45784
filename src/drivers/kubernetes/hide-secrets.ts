import { isJsonObject } from '../../domain/json.ts';
import type { KubeObject } from '../../kube/object.ts';
import { isSecret } from './compare/normalise.ts';
import type { Session } from './session.ts';

/** Hides the values of Secrets in all that is told from now on: pods, events and refusals may repeat them. */
export function hideSecrets({ hide }: Session, objects: Iterable<KubeObject>): void {
  for (const object of objects) {
    const data = object['data'];
    if (!isSecret(object) || !isJsonObject(data)) continue;
    for (const value of Object.values(data))
      if (typeof value === 'string') hide(Buffer.from(value, 'base64').toString());
  }
}
