import { groupVersion, type KubeObject } from '../../../kube/object.ts';
import { conditionsHealth, deletionHealth } from './conditions.ts';
import { type CompiledHealthRule, ruleFor, ruleHealth } from './custom-rules.ts';
import { diagnose, type Related } from './diagnose.ts';
import type { Health } from './health.ts';
import { cronJobHealth, jobHealth } from './jobs.ts';
import { ingressHealth, serviceHealth } from './network.ts';
import {
  apiServiceHealth,
  autoscalerHealth,
  claimHealth,
  definitionHealth,
  namespaceHealth,
} from './platform.ts';
import { podHealth } from './pods.ts';
import { daemonSetHealth, deploymentHealth, replicaSetHealth, statefulSetHealth } from './workloads.ts';

/** The kinds that have a rule of their own, as `Kind.group`. */
const KIND_RULES: ReadonlyMap<string, (object: KubeObject) => Health> = new Map([
  ['Deployment.apps', deploymentHealth],
  ['StatefulSet.apps', statefulSetHealth],
  ['DaemonSet.apps', daemonSetHealth],
  ['ReplicaSet.apps', replicaSetHealth],
  ['Job.batch', jobHealth],
  ['CronJob.batch', cronJobHealth],
  ['Pod.', podHealth],
  ['PersistentVolumeClaim.', claimHealth],
  ['Service.', serviceHealth],
  ['Ingress.networking.k8s.io', ingressHealth],
  ['HorizontalPodAutoscaler.autoscaling', autoscalerHealth],
  ['APIService.apiregistration.k8s.io', apiServiceHealth],
  ['CustomResourceDefinition.apiextensions.k8s.io', definitionHealth],
]);

/** What an object's health is judged with, beside the object. */
export interface HealthContext {
  /** Rules of the stack's own, which come before those of the kinds; the first that fits counts. */
  rules?: readonly CompiledHealthRule[];
  /** Its pods and events; with them, the reason says what lies behind. They never change the status, as in Argo CD. */
  related?: Related;
}

/**
 * How a live object does; undefined: it is missing. Kinds of Kubernetes have Argo CD's rules
 * (https://argo-cd.readthedocs.io/en/stable/operator-manual/health/), all others go by their conditions.
 */
export function healthOf(object: KubeObject | undefined, context: HealthContext = {}): Health {
  if (object === undefined) return { status: 'missing', reason: 'the object does not exist' };
  const health = judged(object, context.rules ?? []);
  if (health.status === 'healthy' || health.status === 'suspended') return health;
  const behind = context.related === undefined ? null : diagnose(object, context.related);
  if (behind === null) return health;
  const isPod = object.kind === 'Pod' && object.apiVersion === 'v1';
  return { ...health, reason: isPod ? behind : joined(health.reason, behind) };
}

function judged(object: KubeObject, rules: readonly CompiledHealthRule[]): Health {
  const { group } = groupVersion(object.apiVersion);
  if (group === '' && object.kind === 'Namespace') return namespaceHealth(object);
  const deletion = deletionHealth(object);
  if (deletion !== null) return deletion;
  const own = ruleFor(rules, object);
  if (own !== undefined) return ruleHealth(own, object);
  return (KIND_RULES.get(`${object.kind}.${group}`) ?? conditionsHealth)(object);
}

function joined(reason: string, behind: string): string {
  if (reason === '' || behind.includes(reason)) return behind;
  return reason.includes(behind) ? reason : `${reason}; ${behind}`;
}
