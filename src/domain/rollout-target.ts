/** Kinds whose revisions the cluster keeps. */
export const ROLLOUT_KINDS = ['Deployment', 'StatefulSet', 'DaemonSet'] as const;
export type RolloutKind = (typeof ROLLOUT_KINDS)[number];

/** One workload, and the revision of its own that it goes back to. */
export interface RolloutTarget {
  kind: RolloutKind;
  /** null: the one of its stack. */
  namespace: string | null;
  name: string;
  revision: number | 'previous';
}

/** Names of Kubernetes: DNS labels, with dots in between. */
const NAME = /^[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?$/;
const REFERENCE = /^rollout:([a-z]+)\/([^/]*)\/([^/@]+)@(previous|[1-9][0-9]{0,15})$/;

/**
 * A target as requests, plans and records carry it, in the place of a saved state's ID: `rollout:deployment/shop/web@3`. The
 * cluster itself keeps what is gone back to.
 */
export function rolloutReference({ kind, namespace, name, revision }: RolloutTarget): string {
  return `rollout:${kind.toLowerCase()}/${namespace ?? ''}/${name}@${revision}`;
}

/** Reads such a reference; undefined when it is none, and means a saved state. */
export function parseRolloutReference(text: string): RolloutTarget | undefined {
  const [, word, namespace = '', name = '', revision] = REFERENCE.exec(text) ?? [];
  const kind = ROLLOUT_KINDS.find((each) => each.toLowerCase() === word);
  if (kind === undefined || !NAME.test(name) || (namespace !== '' && !NAME.test(namespace))) return undefined;
  return {
    kind,
    namespace: namespace === '' ? null : namespace,
    name,
    revision: revision === 'previous' ? revision : Number(revision),
  };
}

/** Who goes back, in words: `deployment web in shop`. */
export function workloadWords({ kind, namespace, name }: RolloutTarget): string {
  return `${kind.toLowerCase()} ${name}${namespace === null ? '' : ` in ${namespace}`}`;
}

/** Where to, in words: `its previous revision`. */
export function revisionWords({ revision }: RolloutTarget): string {
  return revision === 'previous' ? 'its previous revision' : `revision ${revision}`;
}
