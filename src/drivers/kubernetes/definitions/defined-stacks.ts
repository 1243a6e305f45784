import type { Stack } from '../../../domain/stack.ts';
import { PlumblineError } from '../../../util/errors.ts';
import type { DiscoverySource } from '../../driver.ts';
import { isSelected } from '../../work-tree-paths.ts';
import {
  mayReach,
  optionsOfStack,
  type IgnoreDifferences,
  type KubernetesOptions,
  type StackOptions,
} from '../stack-options.ts';
import { definedKey, keysOf } from './defined-key.ts';
import { createDefinitionIndex, type DefinitionPlace } from './definition-index.ts';
import type { DefinitionObject } from './definition-objects.ts';
import { gitUrl } from './own-urls.ts';
import { placeDefinitions, type PlacedDefinition } from './placed-stacks.ts';
import { definitionName, definitionRef, TAKES_ALL, type StackDefinition } from './stack-definition.ts';

/** Names of the settings by which a stack's definition is found again. */
const REF = 'definition';
const URLS = 'definition_urls';
/** What its definition ignores, for a watch, which has no work tree. */
const IGNORED = 'ignore_differences';
const MIN_TIMEOUT_MS = 1000;
const MAX_TIMEOUT_MS = 3_600_000;

const index = createDefinitionIndex();

/** The stacks that the definitions of a work tree make, with what people should know. */
export interface DefinedStacks {
  stacks: Stack[];
  warnings: string[];
  /** Whether the repository has any definition at all: then nothing else of it is a stack by itself. */
  any: boolean;
}

/** Finds the stacks of Flux and Argo CD. Changes nothing. */
export async function findDefinedStacks(
  source: DiscoverySource,
  options: KubernetesOptions,
): Promise<DefinedStacks> {
  if (options.definitions.length === 0) return { stacks: [], warnings: [], any: false };
  // Where nobody knows the repository's URL, whatever a definition calls it may be it.
  const urls = source.origin === undefined ? [] : [source.origin.url, ...options.definitionUrls].map(gitUrl);
  const found = await index.read({
    workTree: source.workTree,
    tools: options.definitions,
    exclude: source.exclude,
    urls,
    branch: source.origin?.branch ?? null,
    clusters: options.layers.clusters,
    signal: source.signal,
  });
  const selected = found.definitions.filter(({ path }) => isSelected(path, source));
  const { placed, warnings } = placeDefinitions({ ...found, definitions: selected }, options, (definition) =>
    configuredCluster(definition, options),
  );
  const refused = new Map(
    placed.flatMap((each) => {
      const why = onOtherCluster(each, options, source.repo);
      return why === undefined ? [] : [[each, why] as const];
    }),
  );
  const allowed = placed.filter((each) => !refused.has(each));
  warnings.push(...refused.values());
  const keyed = new Map(allowed.map((each) => [keyOf(each), each]));
  const stacks = [...keyed].map(([key, each]) => asStack(key, each, [...keyed], urls));
  return { stacks, warnings, any: found.definitions.length > 0 };
}

/**
 * How a stack is rendered and applied: what the config says of it, and where a definition made it, what that says at this
 * commit.
 * @throws PlumblineError `stack_not_found` when the work tree has no such definition
 */
export async function stackOptionsAt(
  at: { workTree: string; stack: Stack; signal: AbortSignal },
  options: KubernetesOptions,
): Promise<StackOptions> {
  const { workTree, stack, signal } = at;
  const configured = optionsOfStack(options, stack);
  const ref = stack.settings?.[REF];
  if (ref === undefined) return configured;
  const { definitions } = await index.read(placeOf({ workTree, stack, signal }, options));
  const definition =
    definitions.find((each) => definitionRef(each) === ref) ?? moved(definitions, ref, stack);
  if (definition !== undefined) return withDefinition(configured, definition);
  const [file = '', name = ''] = ref.split('#');
  throw new PlumblineError(
    'stack_not_found',
    `The ${name.replace('/', ' ')} that makes ${stack.key} a stack is not in ${file} at this commit. "plumbline status" lists the stacks that there are.`,
  );
}

/** What a stack's definition ignored when the stack was discovered last. */
export function ignoredByDefinition({ settings }: Pick<Stack, 'settings'>): IgnoreDifferences[] {
  const text = settings?.[IGNORED];
  return text === undefined ? [] : (JSON.parse(text) as IgnoreDifferences[]);
}

/** The objects of Flux and Argo CD that stand in a work tree, for what definitions refer to. */
export async function definitionObjectsAt(
  { workTree, stack, signal }: { workTree: string; stack: Pick<Stack, 'settings'>; signal: AbortSignal },
  tools: KubernetesOptions['definitions'],
): Promise<{ objects: DefinitionObject[]; urls: string[] }> {
  const urls = urlsOf(stack);
  const { objects } = await index.read({ workTree, tools, exclude: [], urls, branch: null, signal });
  return { objects, urls };
}

/**
 * The keys of all stacks that definitions make of a stack's folder at a work tree's commit, on whichever clusters; none where no
 * definition has that folder.
 */
export async function definedKeysAt(
  at: { workTree: string; stack: Stack; signal: AbortSignal },
  options: KubernetesOptions,
): Promise<string[]> {
  const { definitions } = await index.read(placeOf(at, options));
  return definitions
    .filter(({ path }) => path === at.stack.path)
    .flatMap((each) => keysOf(each, configuredCluster(each, options)));
}

function placeOf(
  { workTree, stack, signal }: { workTree: string; stack: Stack; signal: AbortSignal },
  { definitions: tools, layers: { clusters } }: KubernetesOptions,
): DefinitionPlace {
  return { workTree, tools, exclude: [], urls: urlsOf(stack), branch: null, clusters, signal };
}

/** What definitions call the stack's repository. */
function urlsOf({ settings }: Pick<Stack, 'settings'>): string[] {
  return (settings?.[URLS] ?? '').split(' ').filter((url) => url !== '');
}

/** At other commits a definition may stand in another file; only where it can be no other one. */
function moved(
  definitions: readonly StackDefinition[],
  ref: string,
  { path }: Pick<Stack, 'path'>,
): StackDefinition | undefined {
  const named = definitions.filter(
    (each) => each.path === path && definitionRef(each).split('#')[1] === ref.split('#')[1],
  );
  return named.length === 1 ? named[0] : undefined;
}

function withDefinition(configured: StackOptions, definition: StackDefinition): StackOptions {
  const [source] = definition.sources;
  return {
    ...configured,
    definition,
    name: null,
    namespace: definition.defaultNamespace ?? configured.namespace,
    source: source?.kind ?? 'auto',
    syncOptions: [...definition.syncOptions, ...configured.syncOptions],
    ignoreDifferences: [...definition.ignoreDifferences, ...configured.ignoreDifferences],
    health: [...definition.health, ...configured.health],
    timeoutMs: inBounds(definition.timeoutMs ?? configured.timeoutMs),
  };
}

/** As the config's own `timeout` is bounded. */
function inBounds(timeoutMs: number): number {
  return Math.min(Math.max(timeoutMs, MIN_TIMEOUT_MS), MAX_TIMEOUT_MS);
}

/**
 * Where the config names the clusters of the folder, a definition may choose among these, and no other one; and never one that
 * the config keeps for other repositories.
 */
function onOtherCluster(
  { definition, cluster }: PlacedDefinition,
  options: KubernetesOptions,
  repo: string,
): string | undefined {
  const { clusters } = optionsOfStack(options, { path: definition.path });
  const settings = options.clusters.find(({ name }) => name === cluster);
  if (settings !== undefined && !mayReach(repo, settings))
    return `${definitionName(definition)} is left out: it is for the cluster ${cluster}, and the config keeps that for ${settings.repos?.join(', ')}, which ${repo} is none of.`;
  return clusters.length === 0 || clusters.includes(cluster)
    ? undefined
    : `${definitionName(definition)} is left out: it is for the cluster ${cluster}, and the config has ${definition.path} on ${clusters.join(', ')}.`;
}

/** Where the config names one cluster of the folder, that counts. */
function configuredCluster({ path }: StackDefinition, options: KubernetesOptions): string | undefined {
  const { clusters } = optionsOfStack(options, { path });
  return clusters.length === 1 ? clusters[0] : undefined;
}

function keyOf({ definition, workspace }: PlacedDefinition): string {
  return definedKey(definition, workspace);
}

function asStack(
  key: string,
  { definition, cluster, workspace }: PlacedDefinition,
  all: readonly [string, PlacedDefinition][],
  urls: readonly string[],
): Stack {
  const needed = definition.needs.map((name) => ({
    name,
    keys: all
      .filter(
        ([other, each]) =>
          other !== key && each.cluster === cluster && isCalled(each.definition, definition, name),
      )
      .map(([other]) => other),
  }));
  const unknown = needed.filter(({ keys }) => keys.length === 0).map(({ name }) => name);
  return {
    key,
    kind: 'kubernetes',
    path: definition.path,
    workspace,
    dependsOn: [...new Set(needed.flatMap(({ keys }) => keys))].sort(),
    ...(unknown.length === 0 ? {} : { unknownNeeds: unknown }),
    policy: definition.policy,
    settings: {
      cluster,
      source:
        definition.sources[0]?.kind === 'auto' ? definition.tool : (definition.sources[0]?.kind ?? 'auto'),
      [REF]: definitionRef(definition),
      ...(definition.takesAll === true ? { [TAKES_ALL]: 'true' } : {}),
      ...(urls.length === 0 ? {} : { [URLS]: urls.join(' ') }),
      ...(definition.intervalMs === null ? {} : { interval_ms: String(definition.intervalMs) }),
      ...(definition.ignoreDifferences.length === 0
        ? {}
        : { [IGNORED]: JSON.stringify(definition.ignoreDifferences) }),
    },
  };
}

function isCalled(other: StackDefinition, { tool }: StackDefinition, name: string): boolean {
  return other.tool === tool && `${other.namespace}/${other.name}` === name;
}
