import { valueAt } from '../../../domain/json-pointer.ts';
import { groupVersion, type KubeObject } from '../../../kube/object.ts';
import { conditionOf, conditionText, isUnobserved, numberAt, textAt } from './fields.ts';

/** How far a rollout is, with the sentence that `kubectl rollout status` would print. */
export interface RolloutStatus {
  state: 'done' | 'waiting' | 'failed';
  message: string;
}

/**
 * How far the rollout of a Deployment, StatefulSet or DaemonSet is, by the rules of `kubectl rollout status`
 * (https://kubernetes.io/docs/reference/kubectl/generated/kubectl_rollout/kubectl_rollout_status/). `failed` is final: the
 * progress deadline has passed, or what the object says of itself gives no rollout to wait for.
 */
export function rolloutStatus(object: KubeObject): RolloutStatus {
  const kind = `${object.kind}.${groupVersion(object.apiVersion).group}`;
  switch (kind) {
    case 'Deployment.apps':
      return deploymentRollout(object);
    case 'StatefulSet.apps':
      return statefulSetRollout(object);
    case 'DaemonSet.apps':
      return daemonSetRollout(object);
    default:
      return { state: 'failed', message: `a ${object.kind} has no rollout` };
  }
}

function deploymentRollout(object: KubeObject): RolloutStatus {
  const { name } = object.metadata;
  if (isUnobserved(object)) return waiting('deployment spec update to be observed');
  const progressing = conditionOf(object, 'Progressing');
  if (progressing?.reason === 'ProgressDeadlineExceeded') {
    const why = oneClause(conditionText(progressing));
    return { state: 'failed', message: `deployment ${name} exceeded its progress deadline${why}` };
  }
  const wanted = numberAt(object, ['spec', 'replicas'], 1);
  const [all, updated, available] = ['replicas', 'updatedReplicas', 'availableReplicas'].map((field) =>
    numberAt(object, ['status', field]),
  ) as [number, number, number];
  const rollout = `deployment ${name} rollout to finish`;
  if (updated < wanted)
    return waiting(`${rollout}: ${updated} out of ${wanted} new replicas have been updated`);
  if (all > updated) return waiting(`${rollout}: ${all - updated} old replicas are pending termination`);
  if (available < updated) {
    return waiting(`${rollout}: ${available} of ${updated} updated replicas are available`);
  }
  return done(`deployment ${name} successfully rolled out`);
}

function statefulSetRollout(object: KubeObject): RolloutStatus {
  const refused = otherStrategy(object);
  if (refused !== null) return refused;
  if (isUnobserved(object)) return waiting('statefulset spec update to be observed');
  const wanted = numberAt(object, ['spec', 'replicas'], 1);
  const [ready, updated] = ['readyReplicas', 'updatedReplicas'].map((field) =>
    numberAt(object, ['status', field]),
  ) as [number, number];
  if (ready < wanted) return waiting(`${wanted - ready} pods to be ready`);
  const partition = valueAt(object, ['spec', 'updateStrategy', 'rollingUpdate', 'partition']);
  if (typeof partition === 'number') {
    const due = Math.max(0, wanted - partition);
    return updated < due
      ? waiting(`partitioned roll out to finish: ${updated} out of ${due} new pods have been updated`)
      : done(`partitioned roll out complete: ${updated} new pods have been updated`);
  }
  const revision = textAt(object, 'status', 'updateRevision');
  return revision === textAt(object, 'status', 'currentRevision')
    ? done(`statefulset rolling update complete ${wanted} pods at revision ${revision}`)
    : waiting(`statefulset rolling update to complete ${updated} pods at revision ${revision}`);
}

function daemonSetRollout(object: KubeObject): RolloutStatus {
  const refused = otherStrategy(object);
  if (refused !== null) return refused;
  if (isUnobserved(object)) return waiting('daemon set spec update to be observed');
  const { name } = object.metadata;
  const [wanted, updated, available] = [
    'desiredNumberScheduled',
    'updatedNumberScheduled',
    'numberAvailable',
  ].map((field) => numberAt(object, ['status', field])) as [number, number, number];
  const rollout = `daemon set ${name} rollout to finish`;
  if (updated < wanted) return waiting(`${rollout}: ${updated} out of ${wanted} new pods have been updated`);
  if (available < wanted) return waiting(`${rollout}: ${available} of ${wanted} updated pods are available`);
  return done(`daemon set ${name} successfully rolled out`);
}

/** What is updated by deleting pods has no rollout of its own. */
function otherStrategy(object: KubeObject): RolloutStatus | null {
  const type = textAt(object, 'spec', 'updateStrategy', 'type') || 'RollingUpdate';
  if (type === 'RollingUpdate') return null;
  return {
    state: 'failed',
    message: `rollout status is only available for the RollingUpdate strategy, and this one has ${type}`,
  };
}

function oneClause(text: string): string {
  return text === '' ? '' : `: ${text}`;
}

function waiting(what: string): RolloutStatus {
  return { state: 'waiting', message: `waiting for ${what}` };
}

function done(message: string): RolloutStatus {
  return { state: 'done', message };
}
