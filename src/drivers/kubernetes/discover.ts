import { posix } from 'node:path';
import { stackKey } from '../../domain/ids.ts';
import type { Stack } from '../../domain/stack.ts';
import type { Discovery, DiscoverySource } from '../driver.ts';
import { listFolders } from '../source-folders.ts';
import { isSelected, repoPath } from '../work-tree-paths.ts';
import { findDefinedStacks, type DefinedStacks } from './definitions/defined-stacks.ts';
import { createLayerCheck } from './layers/discovery-warnings.ts';
import { readTree, type SourceTree } from './discover-tree.ts';
import { createTextReader } from './render/source-reader.ts';
import {
  matchesFolder,
  readKubernetesOptions,
  type KubernetesOptions,
  type StackOptions,
} from './stack-options.ts';

/**
 * The Kubernetes stacks of a work tree: listed ones; else those of `drivers.kubernetes.stacks`, and else those that the tree
 * shows by itself. None without a cluster. Changes nothing; see docs/drivers.md for the rules.
 */
export async function discoverKubernetes(source: DiscoverySource): Promise<Discovery> {
  const options = readKubernetesOptions(source.options);
  if (options.clusters.length === 0) return { stacks: [], warnings: [] };
  const defined = await findDefinedStacks(source, options);
  const folders = await listFolders(source.workTree, source.signal);
  const read = await createTextReader(source.workTree);
  const tree = await readTree(folders, read, source.signal);
  const wanted =
    source.listed === undefined
      ? chosen(source, options, tree, defined)
      : listed(source.listed, options, tree, defined);
  const warnings = wanted
    .filter(({ cluster }) => cluster === null)
    .map(({ path }) => noCluster(path, options));
  const found = wanted.filter((each): each is Wanted & { cluster: string } => each.cluster !== null);
  const keys = new Map(found.map((each) => [stackKey(each.path, each.workspace), each]));
  const own = [...keys].map(([key, each]) => asStack(key, each, [...keys]));
  const made = source.listed === undefined ? defined.stacks : listedOf(defined.stacks, source.listed);
  const said = await layers.warnings(source, folders, options.layers);
  return { stacks: [...own, ...made], warnings: [...new Set([...warnings, ...defined.warnings, ...said])] };
}

const layers = createLayerCheck();

/** A stack to be. */
interface Wanted {
  path: string;
  workspace: string;
  /** null: which one is meant can't be told. */
  cluster: string | null;
  kind: string;
  options: StackOptions;
}

function chosen(
  source: DiscoverySource,
  options: KubernetesOptions,
  tree: SourceTree,
  defined: DefinedStacks,
): Wanted[] {
  const taken = new Set(defined.stacks.map(({ path }) => path));
  const isWanted = (path: string) => isSelected(path, source) && !taken.has(path);
  // What a repository of Flux or Argo CD doesn't name is not applied by them either.
  if (options.stacks.length === 0 && defined.any) return [];
  if (options.stacks.length === 0)
    return tree
      .roots()
      .filter(isWanted)
      .flatMap((path) => onClusters(path, options.otherwise, options, tree));
  const found = [...new Set([...tree.holdingSources(), ...chartFolders(options, tree)])]
    .sort()
    .filter(isWanted)
    .flatMap((path) =>
      entriesOf(options, path)
        // What others are built of is a stack only for somebody who says so.
        .filter((entry) => isFolder(entry.path, path) || (!tree.isNamed(path) && !defined.any))
        .flatMap((entry) => onClusters(path, entry, options, tree)),
    );
  const directories = found.filter(({ kind }) => kind === 'directory').map(({ path }) => path);
  // A folder of manifests holds those below it, too.
  const isWithin = (path: string) =>
    directories.some((other) => (other === '.' ? path !== '.' : path.startsWith(`${other}/`)));
  return found.filter(({ kind, path }) => kind !== 'directory' || !isWithin(path));
}

/** Folders that may hold nothing but the values of a chart that is elsewhere. */
function chartFolders(options: KubernetesOptions, tree: SourceTree): string[] {
  return options.stacks
    .filter(({ helm }) => helm.chart !== null)
    .flatMap(({ path }) => tree.folders().filter((folder) => matchesFolder(path, folder)));
}

/** Whether a glob is this folder's own path. */
function isFolder(glob: string, path: string): boolean {
  return repoPath(glob) === path;
}

/** Entries that mean a folder: each with a name, and the first without one. */
function entriesOf(options: KubernetesOptions, path: string): StackOptions[] {
  const matching = options.stacks.filter((entry) => matchesFolder(entry.path, path));
  const plain = matching.find(({ name }) => name === null);
  return matching.filter((entry) => entry.name !== null || entry === plain);
}

function onClusters(
  path: string,
  entry: StackOptions,
  options: KubernetesOptions,
  tree: SourceTree,
): Wanted[] {
  const kind = entry.source === 'auto' ? (entry.helm.chart ? 'helm' : tree.kindOf(path)) : entry.source;
  if (kind === undefined) return [];
  const clusters = entry.clusters.length === 0 ? [options.defaultCluster] : entry.clusters;
  return clusters.map((cluster) => {
    const parts = [entry.name, entry.clusters.length > 1 ? cluster : null].filter((part) => part !== null);
    return { path, workspace: parts.join('.') || 'default', cluster, kind, options: entry };
  });
}

/** What is listed is taken as it is: `path` stands for all that is made of the folder, `path@name` for one of them. */
function listed(
  entries: readonly string[],
  options: KubernetesOptions,
  tree: SourceTree,
  { stacks: defined }: DefinedStacks,
): Wanted[] {
  const isDefined = (entry: string) => listedOf(defined, [entry]).length > 0;
  return entries
    .filter((entry) => !isDefined(entry))
    .flatMap((entry) => {
      const whole = repoPath(entry);
      if (whole !== undefined && tree.folders().includes(whole)) return ofFolder(whole, options, tree);
      const at = entry.lastIndexOf('@');
      const path = at > 0 ? repoPath(entry.slice(0, at)) : undefined;
      if (path === undefined) return [];
      return ofFolder(path, options, tree).filter(({ workspace }) => workspace === entry.slice(at + 1));
    });
}

/** Those of the definitions' stacks that are listed, by folder or key. */
function listedOf(defined: readonly Stack[], entries: readonly string[]): Stack[] {
  const paths = entries.map((entry) => repoPath(entry) ?? entry);
  return defined.filter(({ path, key, workspace }) =>
    [path, key, `${path}@${workspace}`].some((name) => paths.includes(name)),
  );
}

function ofFolder(path: string, options: KubernetesOptions, tree: SourceTree): Wanted[] {
  const entries = entriesOf(options, path);
  return (entries.length === 0 ? [options.otherwise] : entries).flatMap((entry) =>
    onClusters(path, entry, options, tree),
  );
}

function asStack(key: string, wanted: Wanted & { cluster: string }, all: readonly [string, Wanted][]): Stack {
  const { path, workspace, cluster, kind, options } = wanted;
  const before = options.dependsOn.flatMap((name) => keysNamed(name, all)).filter((other) => other !== key);
  return {
    key,
    kind: 'kubernetes',
    path,
    workspace,
    dependsOn: [...new Set(before)].sort(),
    settings: { cluster, source: kind, ...(options.name === null ? {} : { name: options.name }) },
  };
}

/** The keys of the stacks that a `depends_on` means: a key, or a folder; one that isn't here may be another driver's. */
function keysNamed(name: string, all: readonly [string, Wanted][]): string[] {
  const path = repoPath(name) ?? posix.normalize(name);
  const keys = all.filter(([key, each]) => key === name || each.path === path).map(([key]) => key);
  return keys.length > 0 ? keys : [stackKey(path)];
}

function noCluster(path: string, options: KubernetesOptions): string {
  const names = options.clusters.map(({ name }) => name).join(', ');
  return `${path} is left out: which of the clusters (${names}) it is for is not said. Name one in drivers.kubernetes.stacks, or set drivers.kubernetes.default_cluster.`;
}
