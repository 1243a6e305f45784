import type { WantedObject } from '../rendered.ts';
import {
  HELM_CRD_INSTALL,
  type HookDeletePolicy,
  hookDeletePolicy,
  hookPhase,
  SYNC_PHASES,
  type SyncPhase,
} from './phases.ts';
import { quoted } from './sync-options.ts';

/** What is said about a hook: by an annotation, or by Helm. */
export interface HookWords {
  /** Who says it, for warnings: an annotation's name, or `Helm`. */
  source: string;
  names: readonly string[];
}

/** When an object is written, and whether it is a hook. */
export interface HookRules {
  /** In the order of the phases; empty: the object is never written in a sync. */
  phases: SyncPhase[];
  isHook: boolean;
  problems: string[];
}

/**
 * The phases of an object by the first that says anything. One whose hook belongs to no phase of a sync (a Helm test, `Skip`)
 * is a hook without phases: not written, not compared, not pruned. `Skip` beside a phase does not count, as in Argo CD.
 */
export function hookRules(words: readonly HookWords[]): HookRules {
  const said = words.find(({ names }) => names.length > 0 && !names.every((n) => n === HELM_CRD_INSTALL));
  if (said === undefined) return { phases: ['Sync'], isHook: false, problems: [] };
  const problems: string[] = [];
  const phases = new Set<SyncPhase>();
  for (const name of said.names.filter((name) => name !== HELM_CRD_INSTALL)) {
    const phase = hookPhase(name);
    if (phase === undefined) {
      problems.push(`the hook ${quoted(name)} of ${said.source} is not known: it runs in no phase`);
    } else if (phase !== null && phase !== 'skip') phases.add(phase);
  }
  return { phases: SYNC_PHASES.filter((phase) => phases.has(phase)), isHook: true, problems };
}

/** When a hook is deleted, by the first that says anything; by default before it is created anew, as in Argo CD. */
export function hookDeletePolicies(words: readonly HookWords[]): {
  policies: HookDeletePolicy[];
  problems: string[];
} {
  const problems: string[] = [];
  for (const { source, names } of words) {
    const policies = new Set<HookDeletePolicy>();
    for (const name of names) {
      const policy = hookDeletePolicy(name);
      if (policy === undefined) {
        problems.push(`the hook delete policy ${quoted(name)} of ${source} is not known`);
      } else policies.add(policy);
    }
    if (policies.size > 0) return { policies: [...policies], problems };
  }
  return { policies: ['BeforeHookCreation'], problems };
}

/** What Helm says of an object: as the renderer passes it on, or as annotations that `helm template` left in place. */
export function helmHook(
  hook: WantedObject['hook'],
  annotations: Readonly<Record<string, string>>,
): NonNullable<WantedObject['hook']> {
  if (hook !== null) return hook;
  const weight = Number.parseInt(annotations['helm.sh/hook-weight'] ?? '', 10);
  return {
    phases: commaList(annotations['helm.sh/hook']),
    weight: Number.isSafeInteger(weight) ? weight : 0,
    deletePolicies: commaList(annotations['helm.sh/hook-delete-policy']),
  };
}

/** The members of a list such as `PreSync, PostSync`; none for undefined. */
export function commaList(text: string | undefined): string[] {
  return (text ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
