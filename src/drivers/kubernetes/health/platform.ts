import type { KubeObject } from '../../../kube/object.ts';
import { type Condition, conditionOf, conditionsOf, conditionText, textAt, textsAt } from './fields.ts';
import type { Health } from './health.ts';

const HEALTHY: Health = { status: 'healthy', reason: '' };

/** A PersistentVolumeClaim by its phase (Argo CD's rule). */
export function claimHealth(object: KubeObject): Health {
  const phase = textAt(object, 'status', 'phase');
  if (phase === 'Bound') return HEALTHY;
  if (phase === 'Lost') return { status: 'degraded', reason: 'the volume of the claim is lost' };
  if (phase === 'Pending' || phase === '') {
    return { status: 'progressing', reason: 'waiting for the claim to be bound' };
  }
  return { status: 'unknown', reason: `the claim has the unknown phase ${phase}` };
}

/** Argo CD's lists: what tells that an autoscaler works, and that it doesn't. */
const SCALING_FAILS = new Set([
  'AbleToScale/FailedGetScale',
  'AbleToScale/FailedUpdateScale',
  'ScalingActive/FailedGetResourceMetric',
  'ScalingActive/InvalidSelector',
]);
const SCALING_WORKS = new Set([
  'AbleToScale/SucceededRescale',
  'AbleToScale/ReadyForNewScale',
  'AbleToScale/ScaleDownStabilized',
  'ScalingActive/ScalingDisabled',
  'ScalingLimited/DesiredWithinRange',
  'ScalingLimited/TooFewReplicas',
  'ScalingLimited/TooManyReplicas',
]);

/** A HorizontalPodAutoscaler by its conditions; a failing one counts before those that are well. */
export function autoscalerHealth(object: KubeObject): Health {
  const conditions = conditionsOf(object);
  const of = (list: ReadonlySet<string>): Condition | undefined =>
    conditions.find(({ type, reason }) => list.has(`${type}/${reason}`));
  const fails = of(SCALING_FAILS);
  if (fails !== undefined) return { status: 'degraded', reason: conditionText(fails) };
  const works = of(SCALING_WORKS);
  return works === undefined
    ? { status: 'progressing', reason: 'waiting for the autoscaler to act' }
    : { status: 'healthy', reason: works.message };
}

/** An APIService is healthy once it is available (Argo CD's rule). */
export function apiServiceHealth(object: KubeObject): Health {
  const available = conditionOf(object, 'Available');
  if (available === undefined) return { status: 'progressing', reason: 'waiting to be served' };
  return available.status === 'True' ? HEALTHY : { status: 'progressing', reason: conditionText(available) };
}

/** A CustomResourceDefinition: names accepted, established, schema structural (Argo CD's rule). */
export function definitionHealth(object: KubeObject): Health {
  const [terminating, names, established, schema] = [
    'Terminating',
    'NamesAccepted',
    'Established',
    'NonStructuralSchema',
  ].map((type) => conditionOf(object, type));
  if (terminating?.status === 'True') {
    return { status: 'progressing', reason: `it is being deleted: ${conditionText(terminating)}` };
  }
  if (names?.status === 'False') {
    return { status: 'degraded', reason: `its names are not accepted: ${conditionText(names)}` };
  }
  if (established === undefined || (established.status !== 'True' && established.reason === 'Installing')) {
    return { status: 'progressing', reason: 'waiting to be established' };
  }
  if (established.status !== 'True') {
    return { status: 'degraded', reason: `it is not established: ${conditionText(established)}` };
  }
  if (schema?.status === 'True') {
    return { status: 'degraded', reason: `its schema is not structural: ${conditionText(schema)}` };
  }
  return HEALTHY;
}

/** Why the namespace controller can't go on; the other conditions only say what is still there. */
const NAMESPACE_FAILURES: ReadonlySet<string> = new Set([
  'NamespaceDeletionDiscoveryFailure',
  'NamespaceDeletionGroupVersionParsingFailure',
  'NamespaceDeletionContentFailure',
]);

/**
 * A Namespace: one that is being deleted is on its way as long as the controller gets on, and degraded when it can't. The
 * reason names what holds it: the conditions, and finalizers that aren't the namespace controller's own.
 */
export function namespaceHealth(object: KubeObject): Health {
  const terminating =
    textAt(object, 'status', 'phase') === 'Terminating' ||
    textAt(object, 'metadata', 'deletionTimestamp') !== '';
  if (!terminating) return HEALTHY;
  const conditions = conditionsOf(object).filter(({ status }) => status === 'True');
  const failures = conditions.filter(({ type }) => NAMESPACE_FAILURES.has(type));
  const rest = conditions.filter(({ type }) => type.endsWith('Remaining'));
  const finalizers = [
    ...textsAt(object, 'spec', 'finalizers').filter((name) => name !== 'kubernetes'),
    ...textsAt(object, 'metadata', 'finalizers'),
  ];
  const clauses = [
    ...[...failures, ...rest].map(conditionText),
    ...(finalizers.length === 0 ? [] : [`finalizers: ${finalizers.join(', ')}`]),
  ];
  const why = clauses.length === 0 ? '' : `: ${clauses.join('; ')}`;
  return {
    status: failures.length > 0 ? 'degraded' : 'progressing',
    reason: `the namespace is being deleted${why}`,
  };
}
