import { valueAt } from '../../../domain/json-pointer.ts';
import type { KubeObject } from '../../../kube/object.ts';
import { conditionOf, conditionText, isUnobserved, numberAt, textAt } from './fields.ts';
import type { Health } from './health.ts';

/**
 * Argo CD's rules for workloads (https://argo-cd.readthedocs.io/en/stable/operator-manual/health/), which are those of
 * `kubectl rollout status` but for three things: a paused Deployment is suspended, what is updated by deletion (`OnDelete`)
 * is healthy as it stands, and the deadline is told by the condition.
 */
export function deploymentHealth(object: KubeObject): Health {
  if (valueAt(object, ['spec', 'paused']) === true) {
    return { status: 'suspended', reason: 'the deployment is paused' };
  }
  const progressing = conditionOf(object, 'Progressing');
  if (isUnobserved(object)) return waiting('its newest generation to be observed');
  if (progressing?.reason === 'ProgressDeadlineExceeded') {
    return { status: 'degraded', reason: conditionText(progressing) };
  }
  const wanted = numberAt(object, ['spec', 'replicas'], 1);
  const [all, updated, available] = ['replicas', 'updatedReplicas', 'availableReplicas'].map((field) =>
    numberAt(object, ['status', field]),
  ) as [number, number, number];
  if (updated < wanted) return waiting(`the rollout: ${updated} of ${wanted} replicas are updated`);
  if (all > updated) return waiting(`the rollout: ${all - updated} old replicas are still to end`);
  if (available < updated) {
    return waiting(`the rollout: ${available} of ${updated} updated replicas are available`);
  }
  return HEALTHY;
}

export function statefulSetHealth(object: KubeObject): Health {
  if (isUnobserved(object)) return waiting('its newest generation to be observed');
  const wanted = numberAt(object, ['spec', 'replicas'], 1);
  const ready = numberAt(object, ['status', 'readyReplicas']);
  if (ready < wanted) return waiting(`${wanted - ready} of ${wanted} pods to be ready`);
  if (textAt(object, 'spec', 'updateStrategy', 'type') === 'OnDelete') return HEALTHY;
  const partition = valueAt(object, ['spec', 'updateStrategy', 'rollingUpdate', 'partition']);
  const updated = numberAt(object, ['status', 'updatedReplicas']);
  if (typeof partition === 'number') {
    const due = Math.max(0, wanted - partition);
    const rollout = partition > 0 ? 'partitioned rollout' : 'rollout';
    return updated < due ? waiting(`the ${rollout}: ${updated} of ${due} pods are updated`) : HEALTHY;
  }
  const revision = textAt(object, 'status', 'updateRevision');
  if (revision !== textAt(object, 'status', 'currentRevision')) {
    return waiting(`the rollout: ${updated} of ${wanted} pods have revision ${revision}`);
  }
  return HEALTHY;
}

export function daemonSetHealth(object: KubeObject): Health {
  if (isUnobserved(object)) return waiting('its newest generation to be observed');
  if (textAt(object, 'spec', 'updateStrategy', 'type') === 'OnDelete') return HEALTHY;
  const [wanted, updated, available] = [
    'desiredNumberScheduled',
    'updatedNumberScheduled',
    'numberAvailable',
  ].map((field) => numberAt(object, ['status', field])) as [number, number, number];
  if (updated < wanted) return waiting(`the rollout: ${updated} of ${wanted} pods are updated`);
  if (available < wanted) return waiting(`the rollout: ${available} of ${wanted} pods are available`);
  return HEALTHY;
}

export function replicaSetHealth(object: KubeObject): Health {
  if (isUnobserved(object)) return waiting('its newest generation to be observed');
  const failure = conditionOf(object, 'ReplicaFailure');
  if (failure?.status === 'True') return { status: 'degraded', reason: conditionText(failure) };
  const wanted = numberAt(object, ['spec', 'replicas'], 1);
  const available = numberAt(object, ['status', 'availableReplicas']);
  return available < wanted ? waiting(`${available} of ${wanted} replicas are available`) : HEALTHY;
}

const HEALTHY: Health = { status: 'healthy', reason: '' };

function waiting(what: string): Health {
  return { status: 'progressing', reason: `waiting for ${what}` };
}
