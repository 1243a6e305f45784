import { valueAt } from '../../../domain/json-pointer.ts';
import type { KubeObject } from '../../../kube/object.ts';
import { conditionOf, conditionText, textAt, textsAt } from './fields.ts';
import type { Health } from './health.ts';

/** An object that is being deleted, with the finalizers that it waits for; null: it isn't. */
export function deletionHealth(object: KubeObject): Health | null {
  if (textAt(object, 'metadata', 'deletionTimestamp') === '') return null;
  const finalizers = textsAt(object, 'metadata', 'finalizers');
  const why = finalizers.length === 0 ? '' : `, and waits for its finalizers: ${finalizers.join(', ')}`;
  return { status: 'progressing', reason: `it is being deleted${why}` };
}

/** Whether its controller says that it has not seen the newest generation; null: it has, or says nothing of it. */
export function generationHealth(object: KubeObject): Health | null {
  const generation = valueAt(object, ['metadata', 'generation']);
  const observed = valueAt(object, ['status', 'observedGeneration']);
  if (typeof generation !== 'number' || typeof observed !== 'number' || observed === generation) return null;
  return {
    status: 'progressing',
    reason: `generation ${generation} is not observed yet, only ${observed}`,
  };
}

/**
 * Objects of kinds without a rule of their own, by the conditions that controllers have agreed on, as kstatus reads them
 * (https://github.com/kubernetes-sigs/cli-utils/tree/master/pkg/kstatus): the newest generation observed, `Reconciling`,
 * `Stalled`, `Ready`. Without any of these an object is well as soon as it is there.
 */
export function conditionsHealth(object: KubeObject): Health {
  const unobserved = generationHealth(object);
  if (unobserved !== null) return unobserved;
  const [reconciling, stalled, ready] = ['Reconciling', 'Stalled', 'Ready'].map((type) =>
    conditionOf(object, type),
  );
  if (stalled?.status === 'True') return { status: 'degraded', reason: conditionText(stalled) };
  if (reconciling?.status === 'True') return { status: 'progressing', reason: conditionText(reconciling) };
  if (ready !== undefined && ready.status !== 'True') {
    return { status: 'progressing', reason: conditionText(ready) };
  }
  return { status: 'healthy', reason: '' };
}
