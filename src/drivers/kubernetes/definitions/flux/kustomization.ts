import { isJsonObject, type JsonObject, type JsonValue } from '../../../../domain/json.ts';
import { parseGoDuration } from '../../../../util/duration.ts';
import { repoPath } from '../../../work-tree-paths.ts';
import type { HealthRule } from '../../stack-options.ts';
import { fieldOf, listOf, textOf, textsOf, type DefinitionObject } from '../definition-objects.ts';
import { definitionName, type FluxSubstitution, type StackDefinition } from '../stack-definition.ts';
import { groupVersion } from '../../../../kube/object.ts';

/** A definition, or why there is none; both with what people should know. */
export interface ReadDefinition {
  definition: StackDefinition | null;
  warnings: string[];
}

/** Fields that Flux hands to kustomize as they are. */
const OVERLAY = ['namePrefix', 'nameSuffix', 'patches', 'patchesStrategicMerge', 'patchesJson6902', 'images'];

/**
 * What a Kustomization of Flux defines, all but its cluster.
 * Source: https://fluxcd.io/flux/components/kustomize/kustomizations/
 */
export function readFluxKustomization(from: DefinitionObject, clusters: readonly string[]): ReadDefinition {
  const { object, file, line } = from;
  const { name } = object.metadata;
  const namespace = textOf(object, 'metadata', 'namespace') ?? 'default';
  const spec = fieldOf(object, 'spec');
  const known = { tool: 'flux', kind: 'Kustomization', namespace, name, file, line } as const;
  const who = definitionName(known);
  const path = repoPath(textOf(spec, 'path') ?? '.');
  if (path === undefined)
    return { definition: null, warnings: [`${who} is left out: its path leads out of the repository.`] };
  if (fieldOf(spec, 'kubeConfig') !== undefined)
    return {
      definition: null,
      warnings: [
        `${who} is left out: it names a cluster by spec.kubeConfig, a Secret of the cluster that Flux runs in. Name that cluster in drivers.kubernetes.clusters, and for the folder ${path} in drivers.kubernetes.stacks.`,
      ],
    };
  const account = textOf(spec, 'serviceAccountName');
  const isForced = fieldOf(spec, 'force') === true;
  return {
    definition: {
      ...known,
      path,
      cluster: { by: 'folder', names: clusters },
      sources: [
        { folder: path, kind: 'auto', helm: null, jsonnet: null, files: null, overlay: overlayOf(spec) },
      ],
      needs: listOf(spec, 'dependsOn').flatMap((need) => {
        const needed = textOf(need, 'name');
        return needed === undefined ? [] : [`${textOf(need, 'namespace') ?? namespace}/${needed}`];
      }),
      ...(takesAll(spec) ? { takesAll: true } : {}),
      policy: {
        from: who,
        automated: { prune: fieldOf(spec, 'prune') === true, selfHeal: true, allowEmpty: true },
        ...(fieldOf(spec, 'suspend') === true ? { suspended: true } : {}),
      },
      defaultNamespace: textOf(spec, 'targetNamespace') ?? null,
      namespaceMetadata: null,
      syncOptions: isForced ? ['Force=true'] : [],
      ignoreDifferences: [],
      health: healthRules(spec, who),
      timeoutMs: durationOf(spec, 'timeout'),
      // The groups of a service account are given by the API server.
      impersonate:
        account === undefined ? null : { user: `system:serviceaccount:${namespace}:${account}`, groups: [] },
      intervalMs: durationOf(spec, 'interval'),
      flux: { commonMetadata: commonMetadata(spec), substitution: substitutionOf(spec, namespace) },
    },
    warnings: unusualWarnings(spec, who),
  };
}

/** Source: https://fluxcd.io/flux/components/kustomize/kustomizations/#deletion-policy */
function takesAll(spec: JsonValue | undefined): boolean {
  const policy = textOf(spec, 'deletionPolicy') ?? 'MirrorPrune';
  return policy === 'MirrorPrune' ? fieldOf(spec, 'prune') === true : policy !== 'Orphan';
}

function unusualWarnings(spec: JsonValue | undefined, who: string): string[] {
  const provider = textOf(spec, 'decryption', 'provider');
  return provider === undefined || provider === 'sops'
    ? []
    : [`${who}: its decryption is done by ${provider}, which is not known; only sops is.`];
}

/** Fields of the kustomization that Flux would write; null when it would only build what is there. */
function overlayOf(spec: JsonValue | undefined): JsonObject | null {
  const overlay: JsonObject = {};
  for (const field of OVERLAY) {
    const value = fieldOf(spec, field);
    if (value !== undefined) overlay[field] = value;
  }
  const target = textOf(spec, 'targetNamespace');
  if (target !== undefined) overlay['namespace'] = target;
  const components = listOf(spec, 'components').filter((one) => typeof one === 'string');
  if (components.length > 0) overlay['components'] = components;
  return Object.keys(overlay).length === 0 ? null : overlay;
}

/** The `commonMetadata` of a Kustomization or a HelmRelease; null: none. */
export function commonMetadata(
  spec: JsonValue | undefined,
): NonNullable<StackDefinition['flux']>['commonMetadata'] {
  const labels = textsOf(spec, 'commonMetadata', 'labels');
  const annotations = textsOf(spec, 'commonMetadata', 'annotations');
  return Object.keys({ ...labels, ...annotations }).length === 0 ? null : { labels, annotations };
}

function substitutionOf(spec: JsonValue | undefined, namespace: string): FluxSubstitution | null {
  const from = listOf(spec, 'postBuild', 'substituteFrom').flatMap((reference) => {
    const kind = textOf(reference, 'kind');
    const name = textOf(reference, 'name');
    if ((kind !== 'ConfigMap' && kind !== 'Secret') || name === undefined) return [];
    return [{ kind, name, optional: fieldOf(reference, 'optional') === true } as const];
  });
  const variables = textsOf(spec, 'postBuild', 'substitute');
  // Flux reads nothing that is not asked for: where there are no variables, `${x}` stays as it is.
  return from.length + Object.keys(variables).length === 0 ? null : { namespace, from, variables };
}

/** Source: https://fluxcd.io/flux/components/kustomize/kustomizations/#health-check-expressions */
function healthRules(spec: JsonValue | undefined, who: string): HealthRule[] {
  return listOf(spec, 'healthCheckExprs').flatMap((rule, index) => {
    const [apiVersion, kind, current] = ['apiVersion', 'kind', 'current'].map((field) => textOf(rule, field));
    if (apiVersion === undefined || kind === undefined || current === undefined) return [];
    const [inProgress, failed] = ['inProgress', 'failed'].map((field) => textOf(rule, field));
    const test = {
      current,
      ...(inProgress === undefined ? {} : { inProgress }),
      ...(failed === undefined ? {} : { failed }),
    };
    return [
      { name: `healthCheckExprs[${index}] of ${who}`, group: groupVersion(apiVersion).group, kind, test },
    ];
  });
}

/** Milliseconds of a Go duration; null where none stands there. */
function durationOf(object: JsonValue | undefined, ...path: readonly string[]): number | null {
  const text = textOf(object, ...path);
  if (text === undefined) return null;
  try {
    return parseGoDuration(text);
  } catch {
    return null;
  }
}

/** Whether this object is a Kustomization of Flux. */
export function isFluxKustomization({ tool, object }: DefinitionObject): boolean {
  return tool === 'flux' && object.kind === 'Kustomization' && isJsonObject(object['spec']);
}
