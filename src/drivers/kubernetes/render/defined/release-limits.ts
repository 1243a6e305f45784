import type { KubeObject } from '../../../../kube/object.ts';
import { fieldOf, listOf, textOf } from '../../definitions/definition-objects.ts';
import type { WantedObject } from '../../rendered.ts';

/** In whose name the stack of a release is applied. */
export interface ReleaseIdentity {
  /** The namespace that the release stands in. */
  namespace: string;
  /** The user that its Kustomization names; null: none. */
  definition: string | null;
  /** Whether the config names somebody for the stack, which wins over all that definitions say. */
  isConfigured: boolean;
}

/** What is in the way, and what to do. */
export interface ReleaseRefusal {
  summary: string;
  detail: string;
}

/** A name, or the one pattern that targets commonly have: what begins like that. */
const PLAIN_PATTERN = /^[\w.-]*(?:\.\*)?$/;

/**
 * Why a HelmRelease can't be rendered as Flux would install it: what it says of where, in whose name or with which values is
 * known only to Flux. Undefined of one that can.
 * Source: https://fluxcd.io/flux/components/helm/helmreleases/
 */
export function refusalOf(object: KubeObject, identity: ReleaseIdentity): ReleaseRefusal | undefined {
  const spec = fieldOf(object, 'spec');
  if (fieldOf(spec, 'kubeConfig') !== undefined)
    return {
      summary: 'it names a cluster by spec.kubeConfig, which is known only to the cluster that Flux runs in',
      detail:
        'Give it a Kustomization of its own, and name the cluster of that folder in drivers.kubernetes.stacks.',
    };
  const account = textOf(spec, 'serviceAccountName');
  const user = `system:serviceaccount:${identity.namespace}:${account ?? ''}`;
  if (account !== undefined && !identity.isConfigured && identity.definition !== user)
    return {
      summary: `it is to be applied as the service account ${identity.namespace}/${account}, and its stack is not`,
      detail:
        'A stack is applied in one name: give the Kustomization that serviceAccountName, or name somebody in drivers.kubernetes.stacks[].impersonate.',
    };
  if (fieldOf(spec, 'upgrade', 'preserveValues') === true)
    return {
      summary: 'it keeps the values of the release before (upgrade.preserveValues), which are not in Git',
      detail: 'Write them into its values.',
    };
  return unknownTarget(object);
}

/** A rule that ignores too little would undo what others do, one that ignores too much would hide drift. */
function unknownTarget(object: KubeObject): ReleaseRefusal | undefined {
  for (const rule of listOf(object, 'spec', 'driftDetection', 'ignore')) {
    const selector = ['labelSelector', 'annotationSelector'].find(
      (field) => textOf(rule, 'target', field) !== undefined,
    );
    const pattern = ['group', 'version', 'kind', 'name', 'namespace']
      .map((field) => textOf(rule, 'target', field) ?? '')
      .find((text) => !PLAIN_PATTERN.test(text));
    if (selector === undefined && pattern === undefined) continue;
    const what = selector === undefined ? `the pattern ${pattern}` : `a ${selector}`;
    return {
      summary: `its driftDetection.ignore has a target with ${what}, which is not understood`,
      detail: 'Name the kind and the name of what is meant; a pattern may only end in ".*".',
    };
  }
  return undefined;
}

/** Objects without the hooks that a release switches off by `disableHooks` of `install` and `upgrade`. */
export function withoutDisabledHooks(objects: readonly WantedObject[], release: KubeObject): WantedObject[] {
  const off = ['install', 'upgrade'].filter(
    (action) => fieldOf(release, 'spec', action, 'disableHooks') === true,
  );
  const isOff = (phase: string) => off.some((action) => phase.endsWith(`-${action}`));
  return objects.flatMap((wanted) => {
    const { hook } = wanted;
    if (hook === null || !hook.phases.some(isOff)) return [wanted];
    const phases = hook.phases.filter((phase) => !isOff(phase));
    return phases.length === 0 ? [] : [{ ...wanted, hook: { ...hook, phases } }];
  });
}
