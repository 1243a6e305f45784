import type { KubeObject } from '../../../kube/object.ts';
import type { HealthStatus } from '../health/health.ts';
import type { ApplyRules } from './annotations.ts';
import type { SyncPhase } from './phases.ts';

/** How far a hook is. */
export type HookOutcome = 'running' | 'succeeded' | 'failed';

/**
 * How far a hook is by its object's health, as Argo CD reads it: healthy has succeeded, degraded and unknown have failed, the
 * others go on. One that is gone before anybody saw its end has failed: nothing tells that it succeeded.
 */
export function hookOutcome(health: HealthStatus): HookOutcome {
  if (health === 'healthy') return 'succeeded';
  return health === 'progressing' || health === 'suspended' ? 'running' : 'failed';
}

/** Whether what is left of an earlier run is deleted before the hook is created (and waited for until it is gone). */
export function deletesBefore({ hook }: Pick<ApplyRules, 'hook'>): boolean {
  return hook?.deletePolicies.includes('BeforeHookCreation') ?? false;
}

/**
 * Whether a hook is deleted now that it has ended
 * (https://argo-cd.readthedocs.io/en/stable/user-guide/resource_hooks/#hook-deletion-policies).
 */
export function deletesAfter({ hook }: Pick<ApplyRules, 'hook'>, outcome: HookOutcome): boolean {
  if (outcome === 'running') return false;
  const policy = outcome === 'succeeded' ? 'HookSucceeded' : 'HookFailed';
  return hook?.deletePolicies.includes(policy) ?? false;
}

/**
 * Whether an object is compared with live: neither hooks are, nor what is never written. One that is only created is, as long
 * as it is missing.
 */
export function isCompared(
  { hook, reconcile, ssa }: Pick<ApplyRules, 'hook' | 'reconcile' | 'ssa'>,
  exists = false,
): boolean {
  return hook === null && reconcile && ssa !== 'ignore' && !(ssa === 'ifNotPresent' && exists);
}

/**
 * A hook with the name that this sync gives it, where it has only a `generateName`: prefix, commit (7 digits), phase, start
 * in seconds. So a sync that is tried again finds its own hook, as in Argo CD. Others are returned as they are.
 */
export function namedHook(
  object: KubeObject,
  sync: { commit: string; phase: SyncPhase; startedAt: Date },
): KubeObject {
  const { name, generateName } = object.metadata as Partial<Record<string, unknown>>;
  if ((typeof name === 'string' && name !== '') || typeof generateName !== 'string') return object;
  const seconds = Math.floor(sync.startedAt.getTime() / 1000);
  const suffix = `${sync.commit.slice(0, 7)}-${sync.phase}-${seconds}`.toLowerCase();
  const { generateName: _, ...metadata } = object.metadata;
  return { ...object, metadata: { ...metadata, name: `${generateName}${suffix}` } };
}
