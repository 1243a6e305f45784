/** When in a sync an object is written, in this order; `SyncFail` only when the sync failed. */
export const SYNC_PHASES = ['PreSync', 'Sync', 'PostSync', 'SyncFail'] as const;

export type SyncPhase = (typeof SYNC_PHASES)[number];

/** When a hook's object is deleted again. */
export const HOOK_DELETE_POLICIES = ['BeforeHookCreation', 'HookSucceeded', 'HookFailed'] as const;

export type HookDeletePolicy = (typeof HOOK_DELETE_POLICIES)[number];

/**
 * What a hook's name means: a phase, `skip` (never written), or null for one that is known but belongs to no phase of a
 * sync. undefined: not known.
 *
 * Argo CD's names mean themselves. Helm's are mapped as Argo CD documents it
 * (https://argo-cd.readthedocs.io/en/stable/user-guide/helm/#helm-hooks): install and upgrade are both a sync; rollback,
 * test and deletion are not.
 */
export function hookPhase(name: string): SyncPhase | 'skip' | null | undefined {
  return Object.hasOwn(HOOK_NAMES, name) ? HOOK_NAMES[name] : undefined;
}

const HOOK_NAMES: Readonly<Record<string, SyncPhase | 'skip' | null>> = {
  PreSync: 'PreSync',
  Sync: 'Sync',
  PostSync: 'PostSync',
  SyncFail: 'SyncFail',
  Skip: 'skip',
  PreDelete: null,
  PostDelete: null,
  'pre-install': 'PreSync',
  'pre-upgrade': 'PreSync',
  'post-install': 'PostSync',
  'post-upgrade': 'PostSync',
  'pre-delete': null,
  'post-delete': null,
  'pre-rollback': null,
  'post-rollback': null,
  test: null,
  'test-success': null,
  'test-failure': null,
};

/** Helm's name for what Argo CD treats as an ordinary object: a CRD of Helm 2. */
export const HELM_CRD_INSTALL = 'crd-install';

/** A delete policy by Argo CD's or Helm's name; undefined: not known. */
export function hookDeletePolicy(name: string): HookDeletePolicy | undefined {
  return Object.hasOwn(DELETE_POLICY_NAMES, name) ? DELETE_POLICY_NAMES[name] : undefined;
}

const DELETE_POLICY_NAMES: Readonly<Record<string, HookDeletePolicy>> = {
  BeforeHookCreation: 'BeforeHookCreation',
  HookSucceeded: 'HookSucceeded',
  HookFailed: 'HookFailed',
  'before-hook-creation': 'BeforeHookCreation',
  'hook-succeeded': 'HookSucceeded',
  'hook-failed': 'HookFailed',
};
