import type { JsonObject } from '../../../domain/json.ts';
import type { StackPolicy } from '../../../domain/stack.ts';
import type { Impersonation } from '../../../kube/cluster.ts';
import type { HelmOptions, HealthRule, IgnoreDifferences, JsonnetOptions } from '../stack-options.ts';
import type { SourceKind } from '../stack-schema.ts';

/** Tools whose definitions of stacks are understood where they stand in a repository. */
export const DEFINITION_TOOLS = ['flux', 'argo_cd'] as const;
export type DefinitionTool = (typeof DEFINITION_TOOLS)[number];

/** The setting of stacks whose objects go with their definition (`takesAll`). */
export const TAKES_ALL = 'takes_all';

/** Which cluster a definition is for: by the folder that leads to it, by a name, or by an API server’s URL. */
export type ClusterHint =
  | { by: 'folder'; names: readonly string[] }
  | { by: 'name'; name: string }
  | { by: 'server'; url: string };

/** A folder of the repository, or a chart, and what is made of it. */
export interface DefinedSource {
  /** Relative to the root. */
  folder: string;
  kind: 'auto' | SourceKind;
  helm: HelmOptions | null;
  jsonnet: JsonnetOptions | null;
  /** Which files of a folder of manifests count; null: all of them, in folders below, too. */
  files: { recurse: boolean; include: string | null; exclude: string | null } | null;
  /** Fields of a kustomization that is laid over it; null: none is. */
  overlay: JsonObject | null;
}

/** What Flux does with the objects once they are built. */
export interface FluxBuild {
  /** Labels and annotations that all objects get. */
  commonMetadata: { labels: Record<string, string>; annotations: Record<string, string> } | null;
  substitution: FluxSubstitution | null;
}

/** `postBuild` of a Kustomization. */
export interface FluxSubstitution {
  /** Where the ConfigMaps and Secrets are looked for. */
  namespace: string;
  from: readonly { kind: 'ConfigMap' | 'Secret'; name: string; optional: boolean }[];
  /** These win. */
  variables: Readonly<Record<string, string>>;
}

/** A stack as a definition of the repository has it. */
export interface StackDefinition {
  tool: DefinitionTool;
  kind: 'Kustomization' | 'Application';
  namespace: string;
  name: string;
  /** Where it stands, relative to the root. */
  file: string;
  line: number;
  /** The folder that stands for the stack. */
  path: string;
  cluster: ClusterHint;
  sources: readonly DefinedSource[];
  /** Names of definitions of the same tool (`namespace/name`) that are applied before. */
  needs: readonly string[];
  policy: StackPolicy;
  /** Whether its objects go with it once it is removed; left out: they would stay. */
  takesAll?: true;
  /** Namespace of objects that name none; null: nothing is said. */
  defaultNamespace: string | null;
  /** Labels and annotations of a namespace that is made for the stack. */
  namespaceMetadata: JsonObject | null;
  syncOptions: readonly string[];
  ignoreDifferences: readonly IgnoreDifferences[];
  health: readonly HealthRule[];
  timeoutMs: number | null;
  impersonate: Impersonation | null;
  /** How often Git is to be looked at; null: nothing is said. */
  intervalMs: number | null;
  flux: FluxBuild | null;
}

/** `Kustomization flux-system/apps (clusters/homelab/apps.yaml:3)`, for people. */
export function definitionName({
  kind,
  namespace,
  name,
  file,
  line,
}: Pick<StackDefinition, 'kind' | 'namespace' | 'name' | 'file' | 'line'>): string {
  return `${kind} ${namespace}/${name} (${file}:${line})`;
}

/** What a definition is found by again, at the same commit and at others. */
export function definitionRef({
  file,
  kind,
  namespace,
  name,
}: Pick<StackDefinition, 'file' | 'kind' | 'namespace' | 'name'>): string {
  return `${file}#${kind}/${namespace}/${name}`;
}
