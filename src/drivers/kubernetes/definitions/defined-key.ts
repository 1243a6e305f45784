import { stackKey } from '../../../domain/ids.ts';
import type { StackDefinition } from './stack-definition.ts';

/** What a key says nothing of: Flux's and Argo CD's own namespaces, and that of an object that names none. */
const OWN_NAMESPACES: ReadonlySet<string> = new Set(['flux-system', 'argocd', 'default']);
/** What `flux bootstrap` calls the Kustomization of a cluster's own folder. */
const BOOTSTRAP = 'flux-system';
const IN_CLUSTER_NAME = 'in-cluster';
const IN_CLUSTER_URL = 'https://kubernetes.default.svc';

/** What of a definition its key is made of. */
export type KeyParts = Pick<StackDefinition, 'path' | 'namespace' | 'name' | 'file'>;

/** Whether a destination of Argo CD is the cluster that Argo CD runs in. */
export function isHome(destination: string): boolean {
  return destination === IN_CLUSTER_NAME || destination.replace(/:443$|\/$/, '') === IN_CLUSTER_URL;
}

/**
 * What tells a definition's stack apart from others of its folder: the cluster, the namespace and the name, each only where
 * the folder does not say as much. It depends on this very definition and on nothing beside it, so that a stack keeps its key,
 * and with it its history, pins and objects, whatever else comes or goes.
 * @param cluster what the definition itself calls its cluster; empty: nothing is said
 */
export function workspaceOf({ path, namespace, name, file }: KeyParts, cluster: string): string {
  const folders = path.split('/');
  const said = isHome(cluster) ? '' : cluster.replace(/^https?:\/\//, '').replace(/\/+$/, '');
  const isBootstrap = name === BOOTSTRAP && folders.at(-1) === said && file.startsWith(`${path}/`);
  const parts = [
    folders.includes(said) ? '' : said,
    OWN_NAMESPACES.has(namespace) ? '' : namespace,
    name === usualName(folders, said) || isBootstrap ? '' : name,
  ].filter((part) => part !== '');
  return parts.join('.') || 'default';
}

/** The key of a definition's stack. */
export function definedKey({ path }: Pick<KeyParts, 'path'>, workspace: string): string {
  return stackKey(path, workspace);
}

/**
 * The keys that a definition's stacks have, wherever they are: also on clusters that nobody has configured.
 * @param configured the one cluster that the config names for its folder
 */
export function keysOf(
  definition: KeyParts & Pick<StackDefinition, 'cluster'>,
  configured: string | undefined,
): string[] {
  const clusters = configured === undefined ? saidClusters(definition) : [configured];
  return clusters.map((cluster) => definedKey(definition, workspaceOf(definition, cluster)));
}

function saidClusters({ cluster }: Pick<StackDefinition, 'cluster'>): readonly string[] {
  if (cluster.by === 'folder') return cluster.names.length === 0 ? [''] : cluster.names;
  return [cluster.by === 'name' ? cluster.name : cluster.url];
}

/** The one name that goes without saying: that of the last folder which is not called as the cluster. */
function usualName(folders: readonly string[], cluster: string): string {
  const [last, before] = [folders.at(-1), folders.at(-2)];
  return (last === cluster ? before : last) ?? '';
}
