import { groupVersion, type KubeObject } from '../../../../kube/object.ts';
import { listOf, textOf } from '../../definitions/definition-objects.ts';
import type { WantedObject } from '../../rendered.ts';
import type { IgnoreDifferences } from '../../stack-options.ts';

/**
 * The `driftDetection.ignore` of a release as rules, for the kinds of its objects that they can mean.
 * Source: https://fluxcd.io/flux/components/helm/helmreleases/#ignore-rules
 */
export function ignoredByRelease(release: KubeObject, objects: readonly WantedObject[]): IgnoreDifferences[] {
  return listOf(release, 'spec', 'driftDetection', 'ignore').flatMap((rule) => {
    const jsonPointers = listOf(rule, 'paths').filter(
      (one) => typeof one === 'string' && one.startsWith('/'),
    );
    if (jsonPointers.length === 0) return [];
    const meant = objects.filter(({ object }) => isMeant(object, rule));
    return meant.map(({ object }) => ({
      group: groupVersion(object.apiVersion).group,
      kind: object.kind,
      name: object.metadata.name,
      ...namespaceOf(object),
      jsonPointers: jsonPointers as string[],
      jqPathExpressions: [],
      managedFieldsManagers: [],
    }));
  });
}

function namespaceOf(object: KubeObject): { namespace?: string } {
  const namespace = textOf(object, 'metadata', 'namespace');
  return namespace === undefined ? {} : { namespace };
}

/** `kind`, `group`, `version`, `name` and `namespace` of a target, each a pattern for the whole of it. */
function isMeant(object: KubeObject, rule: Parameters<typeof textOf>[0]): boolean {
  const { group, version } = groupVersion(object.apiVersion);
  const facts = {
    group,
    version,
    kind: object.kind,
    name: object.metadata.name,
    namespace: textOf(object, 'metadata', 'namespace') ?? '',
  };
  return Object.entries(facts).every(([field, value]) => {
    const pattern = textOf(rule, 'target', field);
    return pattern === undefined || pattern === value || isWhole(pattern, value);
  });
}

/** The one regular expression that such targets commonly have. */
function isWhole(pattern: string, value: string): boolean {
  return pattern.endsWith('.*') && value.startsWith(pattern.slice(0, -2));
}
