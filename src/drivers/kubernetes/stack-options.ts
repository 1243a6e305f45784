import { matchesPathGlob } from '../../domain/glob.ts';
import type { JsonObject } from '../../domain/json.ts';
import { matchesRepo } from '../../domain/repo-name.ts';
import type { Stack } from '../../domain/stack.ts';
import type { ClusterSettings, Impersonation } from '../../kube/cluster.ts';
import { parseGoDuration } from '../../util/duration.ts';
import { readLayerSettings, type LayerSettings } from './layers/settings.ts';
import { kubernetesOptions, type KubernetesConfig } from './options.ts';
import type { DefinitionTool, StackDefinition } from './definitions/stack-definition.ts';
import type { SourceKind, StackConfig } from './stack-schema.ts';

/** A rule of `ignore_differences`; without `name` or `namespace`: any. */
export interface IgnoreDifferences {
  group: string;
  kind: string;
  name?: string;
  namespace?: string;
  jsonPointers: readonly string[];
  jqPathExpressions: readonly string[];
  managedFieldsManagers: readonly string[];
}

/** A rule of `health`: CEL expressions, or a JSON path and the value that it has in a healthy object (any without one). */
export interface HealthRule {
  /** Where it stands in the config. */
  name: string;
  group: string;
  kind: string;
  test: { current: string; inProgress?: string; failed?: string } | { jsonPath: string; value?: string };
}

/** A cluster, and in whose name stacks are planned and applied there unless they say otherwise. */
export interface ClusterOptions extends ClusterSettings {
  impersonate: Impersonation | null;
  /** URL of its API server, as definitions of Argo CD name it. */
  server: string | null;
  /** Globs over the names of repos whose stacks may be on it; null: any. */
  repos: readonly string[] | null;
}

/** A chart of a Helm repository, or of a registry (`oci://…`). */
export interface RemoteChart {
  name: string;
  repo: string;
  /** One version; of definitions of Flux and Argo CD also a range. */
  version: string;
  /** What the manifest of a registry's chart must have (`sha256:…`); left out: any. */
  digest?: string;
  /** Whether the registry is talked to without TLS. */
  plainHttp?: boolean;
}

/** How a chart is rendered; null leaves the choice to the one who renders. */
export interface HelmOptions {
  /** null: the chart is in the stack's folder. */
  chart: RemoteChart | null;
  release: string | null;
  values: readonly string[];
  set: Readonly<Record<string, string>>;
  includeCrds: boolean;
  kubeVersion: string | null;
  apiVersions: readonly string[];
  /** Values that stand in a definition; they win over files. */
  inline?: JsonObject | null;
  /** Single values that win over all others; `isText`: never a number or a boolean. */
  parameters?: readonly { name: string; value: string; isText: boolean }[];
  /** Values files that aren't there are left out. */
  skipMissing?: boolean;
  /** The release's namespace, where it is not the stack's. */
  namespace?: string | null;
}

/** How Jsonnet is evaluated. */
export interface JsonnetOptions {
  jpath: readonly string[];
  extVars: Readonly<Record<string, string>>;
  extCode: Readonly<Record<string, string>>;
  tlas: Readonly<Record<string, string>>;
  tlaCode: Readonly<Record<string, string>>;
}

/** What the config says of stacks of some folders. */
export interface StackOptions {
  /** Glob over folders; `**` for stacks that no entry names. */
  path: string;
  name: string | null;
  /** Empty: the default one. */
  clusters: readonly string[];
  namespace: string | null;
  source: 'auto' | SourceKind;
  helm: HelmOptions;
  jsonnet: JsonnetOptions;
  syncOptions: readonly string[];
  /** With those of all stacks. */
  ignoreDifferences: readonly IgnoreDifferences[];
  health: readonly HealthRule[];
  /** How long an apply waits for something to become healthy, or to be gone. */
  timeoutMs: number;
  /** Whether changes by hand are watched for. */
  watch: boolean;
  dependsOn: readonly string[];
  impersonate: Impersonation | null;
  /** The definition of Flux or Argo CD that the stack is made by; left out: none. */
  definition?: StackDefinition;
}

/** The driver's options as its code uses them. */
export interface KubernetesOptions {
  clusters: readonly ClusterOptions[];
  /** null: there are several clusters, or none, and none was named as the default. */
  defaultCluster: string | null;
  namespace: string;
  stacks: readonly StackOptions[];
  /** Of stacks that no entry of `stacks` names. */
  otherwise: StackOptions;
  controllers: readonly string[];
  allowRemoteBases: boolean;
  /** Tools whose definitions are looked for. */
  definitions: readonly DefinitionTool[];
  /** What definitions call this repository besides its own URL. */
  definitionUrls: readonly string[];
  layers: LayerSettings;
}

/** Reads what stands under `drivers.kubernetes`, also when it was read before. @throws ZodError */
export function readKubernetesOptions(options: unknown): KubernetesOptions {
  const config = kubernetesOptions.parse(options ?? {});
  const only = config.clusters.length === 1 ? config.clusters[0]!.name : null;
  return {
    clusters: config.clusters.map(clusterOptions),
    defaultCluster: config.default_cluster ?? only,
    namespace: config.namespace,
    stacks: config.stacks.map((stack) => stackOptions(stack, config)),
    otherwise: stackOptions(EVERYTHING, config),
    controllers: config.controllers,
    allowRemoteBases: config.allow_remote_bases,
    definitions: config.definitions,
    definitionUrls: config.definition_urls,
    layers: readLayerSettings(config.layers),
  };
}

/** What the config says of a stack: the entry that it was discovered by. */
export function optionsOfStack(
  options: KubernetesOptions,
  stack: Pick<Stack, 'path' | 'settings'>,
): StackOptions {
  const name = stack.settings?.['name'] ?? null;
  return (
    options.stacks.find((each) => each.name === name && matchesFolder(each.path, stack.path)) ??
    options.otherwise
  );
}

/** Whether the config lets a repo's stacks be on a cluster. What is said of an entry of `repos` is said of its branches. */
export function mayReach(repo: string, { repos }: Pick<ClusterOptions, 'repos'>): boolean {
  return repos === null || repos.some((glob) => matchesRepo(glob, repo));
}

/** Whether a glob of `stacks[].path` means this folder. */
export function matchesFolder(glob: string, path: string): boolean {
  return matchesPathGlob(glob.replace(/^(?:\.\/)+(?=.)/, '').replace(/(?<=.)\/+$/, ''), path);
}

const EVERYTHING: StackConfig = {
  path: '**',
  source: 'auto',
  sync_options: [],
  ignore_differences: [],
  health: [],
  timeout: '5m',
  depends_on: [],
};

function clusterOptions(cluster: KubernetesConfig['clusters'][number]): ClusterOptions {
  return {
    name: cluster.name,
    kubeconfig: cluster.kubeconfig ?? null,
    context: cluster.context ?? null,
    inCluster: cluster.in_cluster,
    timeoutMs: parseGoDuration(cluster.timeout),
    maxInFlight: cluster.max_in_flight,
    impersonate: cluster.impersonate ?? null,
    server: cluster.server ?? null,
    repos: cluster.repos ?? null,
  };
}

function stackOptions(stack: StackConfig, config: KubernetesConfig): StackOptions {
  return {
    path: stack.path,
    name: stack.name ?? null,
    clusters: [...new Set([stack.cluster ?? []].flat())],
    namespace: stack.namespace ?? null,
    source: stack.source,
    helm: helmOptions(stack.helm),
    jsonnet: jsonnetOptions(stack.jsonnet),
    syncOptions: stack.sync_options,
    ignoreDifferences: [...stack.ignore_differences, ...config.ignore_differences].map(ignoreDifferences),
    health: [
      ...stack.health.map((rule, index) => healthRule(rule, `health[${index}] of stacks at ${stack.path}`)),
      ...config.health.map((rule, index) => healthRule(rule, `drivers.kubernetes.health[${index}]`)),
    ],
    timeoutMs: parseGoDuration(stack.timeout),
    watch: stack.watch ?? config.watch,
    dependsOn: stack.depends_on,
    impersonate: stack.impersonate ?? null,
  };
}

function helmOptions(helm: StackConfig['helm']): HelmOptions {
  return {
    chart: remoteChart(helm),
    release: helm?.release ?? null,
    values: helm?.values ?? [],
    set: helm?.set ?? {},
    includeCrds: helm?.include_crds ?? true,
    kubeVersion: helm?.kube_version ?? null,
    apiVersions: helm?.api_versions ?? [],
  };
}

function remoteChart(helm: StackConfig['helm']): RemoteChart | null {
  const { chart, repo, version = '', digest, plain_http: plainHttp = false } = helm ?? {};
  if (chart === undefined) return null;
  if (repo !== undefined) return { name: chart, repo, version };
  const slash = chart.lastIndexOf('/');
  return {
    name: chart.slice(slash + 1),
    repo: chart.slice(0, slash),
    version,
    ...(digest === undefined ? {} : { digest }),
    ...(plainHttp ? { plainHttp } : {}),
  };
}

function jsonnetOptions(jsonnet: StackConfig['jsonnet']): JsonnetOptions {
  return {
    jpath: jsonnet?.jpath ?? [],
    extVars: jsonnet?.ext_vars ?? {},
    extCode: jsonnet?.ext_code ?? {},
    tlas: jsonnet?.tlas ?? {},
    tlaCode: jsonnet?.tla_code ?? {},
  };
}

function ignoreDifferences(rule: KubernetesConfig['ignore_differences'][number]): IgnoreDifferences {
  return {
    group: rule.group,
    kind: rule.kind,
    ...(rule.name === undefined ? {} : { name: rule.name }),
    ...(rule.namespace === undefined ? {} : { namespace: rule.namespace }),
    jsonPointers: rule.json_pointers,
    jqPathExpressions: rule.jq_path_expressions,
    managedFieldsManagers: rule.managed_fields_managers,
  };
}

function healthRule(rule: KubernetesConfig['health'][number], name: string): HealthRule {
  const { group, kind, current, in_progress: inProgress, failed, json_path: jsonPath, value } = rule;
  const test =
    current === undefined
      ? { jsonPath: jsonPath!, ...(value === undefined ? {} : { value }) }
      : {
          current,
          ...(inProgress === undefined ? {} : { inProgress }),
          ...(failed === undefined ? {} : { failed }),
        };
  return { name, group, kind, test };
}
