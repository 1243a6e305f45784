import { posix } from 'node:path';
import { isJsonObject, type JsonValue } from '../../../../domain/json.ts';
import type { StackPolicy } from '../../../../domain/stack.ts';
import { repoPath } from '../../../work-tree-paths.ts';
import type { IgnoreDifferences } from '../../stack-options.ts';
import { fieldOf, listOf, textOf, type DefinitionObject } from '../definition-objects.ts';
import type { OwnRepository } from '../flux/definitions.ts';
import type { ReadDefinition } from '../flux/kustomization.ts';
import { definitionName, type ClusterHint, type DefinedSource } from '../stack-definition.ts';
import { readArgoSources } from './application-source.ts';

/** Applications that have it take their objects with them. */
export const RESOURCES_FINALIZER = 'resources-finalizer.argocd.argoproj.io';

/**
 * What an Application of Argo CD defines.
 * Source: https://argo-cd.readthedocs.io/en/stable/operator-manual/declarative-setup/#applications
 */
export function readApplication(from: DefinitionObject, own: OwnRepository): ReadDefinition {
  const { object, file, line } = from;
  const { name } = object.metadata;
  const namespace = textOf(object, 'metadata', 'namespace') ?? 'argocd';
  const spec = fieldOf(object, 'spec');
  const known = { tool: 'argo_cd', kind: 'Application', namespace, name, file, line } as const;
  const who = definitionName(known);
  const {
    sources,
    warnings,
    fault = destinationFault(spec, who),
  } = readArgoSources(spec, {
    who,
    name,
    own,
  });
  if (fault !== undefined) return { definition: null, warnings: [...warnings, fault] };
  const syncPolicy = fieldOf(spec, 'syncPolicy');
  const metadata = fieldOf(syncPolicy, 'managedNamespaceMetadata');
  return {
    definition: {
      ...known,
      path: stackFolder(sources, file),
      cluster: destination(spec),
      sources,
      needs: [],
      ...(takesAll(from) ? { takesAll: true } : {}),
      policy: {
        ...policyOf(syncPolicy, who),
        ...(annotationOf(from, 'argocd.argoproj.io/skip-reconcile') === 'true' ? { suspended: true } : {}),
      },
      defaultNamespace: textOf(spec, 'destination', 'namespace') ?? null,
      namespaceMetadata: isJsonObject(metadata) ? metadata : null,
      syncOptions: listOf(syncPolicy, 'syncOptions').filter((one) => typeof one === 'string'),
      ignoreDifferences: listOf(spec, 'ignoreDifferences').flatMap(ignoreRule),
      health: [],
      timeoutMs: null,
      impersonate: null,
      intervalMs: null,
      flux: null,
    },
    warnings,
  };
}

/** The first folder of the repository; of charts alone, the folder of the definition. */
function stackFolder(sources: readonly DefinedSource[], file: string): string {
  const own = sources.find(({ helm }) => (helm?.chart ?? null) === null);
  return own?.folder ?? repoPath(posix.dirname(file)) ?? '.';
}

function destination(spec: JsonValue | undefined): ClusterHint {
  const name = textOf(spec, 'destination', 'name');
  if (name !== undefined) return { by: 'name', name };
  return { by: 'server', url: textOf(spec, 'destination', 'server') ?? 'https://kubernetes.default.svc' };
}

/** Argo CD itself refuses a destination that is said twice. */
function destinationFault(spec: JsonValue | undefined, who: string): string | undefined {
  const [name, server] = [textOf(spec, 'destination', 'name'), textOf(spec, 'destination', 'server')];
  return name === undefined || server === undefined
    ? undefined
    : `${who} is left out: its destination has a name and a server. Keep one of them.`;
}

/** Source: https://argo-cd.readthedocs.io/en/stable/user-guide/app_deletion/ */
function takesAll({ object }: DefinitionObject): boolean {
  return listOf(object.metadata['finalizers']).some(
    (one) => typeof one === 'string' && one.split('/')[0] === RESOURCES_FINALIZER,
  );
}

/** What Argo CD leaves out is off: an Application without `automated` waits for people. */
function policyOf(syncPolicy: JsonValue | undefined, from: string): StackPolicy {
  const automated = fieldOf(syncPolicy, 'automated');
  if (!isJsonObject(automated) || automated['enabled'] === false) return { from, automated: null };
  const isOn = (field: string) => automated[field] === true;
  return {
    from,
    automated: { prune: isOn('prune'), selfHeal: isOn('selfHeal'), allowEmpty: isOn('allowEmpty') },
  };
}

function ignoreRule(rule: JsonValue): IgnoreDifferences[] {
  const kind = textOf(rule, 'kind');
  if (kind === undefined) return [];
  const texts = (field: string) => listOf(rule, field).filter((one) => typeof one === 'string');
  const [name, namespace] = [textOf(rule, 'name'), textOf(rule, 'namespace')];
  const [jsonPointers, jqPathExpressions, managedFieldsManagers] = [
    'jsonPointers',
    'jqPathExpressions',
    'managedFieldsManagers',
  ].map(texts) as [string[], string[], string[]];
  if (jsonPointers.length + jqPathExpressions.length + managedFieldsManagers.length === 0) return [];
  return [
    {
      group: textOf(rule, 'group') ?? '',
      kind,
      ...(name === undefined ? {} : { name }),
      ...(namespace === undefined ? {} : { namespace }),
      jsonPointers,
      jqPathExpressions,
      managedFieldsManagers,
    },
  ];
}

/** The wave of an Application among those of its parent. */
export function waveOf(from: Pick<DefinitionObject, 'object'>): number {
  const wave = annotationOf(from, 'argocd.argoproj.io/sync-wave');
  return typeof wave === 'string' && /^[+-]?\d{1,9}$/.test(wave) ? Number(wave) : 0;
}

function annotationOf({ object }: Pick<DefinitionObject, 'object'>, name: string): JsonValue | undefined {
  return fieldOf(object.metadata['annotations'], name);
}
