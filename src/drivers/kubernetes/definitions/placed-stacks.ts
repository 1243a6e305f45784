import type { Definitions } from './flux/definitions.ts';
import { definitionName, type StackDefinition } from './stack-definition.ts';

/** A definition on the cluster that it is for. */
export interface PlacedDefinition {
  definition: StackDefinition;
  cluster: string;
  /** What tells stacks of one folder apart; `default` where there is only one. */
  workspace: string;
}

/** The clusters of the config, as far as definitions name them. */
export interface ClusterChoice {
  clusters: readonly { name: string; server: string | null }[];
  defaultCluster: string | null;
}

const IN_CLUSTER_NAME = 'in-cluster';
const IN_CLUSTER_URL = 'https://kubernetes.default.svc';

/**
 * Puts each definition on its clusters. One for which none can be told is left out with a warning: objects on the wrong cluster
 * are worse than none.
 */
export function placeDefinitions(
  { definitions, warnings: before }: Definitions,
  choice: ClusterChoice,
): { placed: PlacedDefinition[]; warnings: string[] } {
  const folders = new Set(
    definitions.flatMap(({ cluster }) => (cluster.by === 'folder' ? cluster.names : [])),
  );
  const warnings = [...before];
  const left = new Map<string, { why: string; who: string[] }>();
  const on = definitions.flatMap((definition) =>
    destinations(definition, folders, choice).flatMap(({ cluster, folder, why }) => {
      if (cluster !== null) return [{ definition, cluster, folder }];
      const others = left.get(why) ?? { why, who: [] };
      left.set(why, { why, who: [...others.who, definitionName(definition)] });
      return [];
    }),
  );
  for (const { why, who } of left.values()) {
    const more = who.length > 1 ? ` and ${who.length - 1} more` : '';
    warnings.push(`${who[0]!}${more} ${who.length > 1 ? 'are' : 'is'} left out: ${why}`);
  }
  const all = definitions.flatMap((definition) =>
    namesOf(definition).map((name) => ({ definition, cluster: name })),
  );
  return {
    placed: on.map(({ definition, cluster, folder }) => ({
      definition,
      cluster,
      workspace: workspaceOf(definition, folder, all),
    })),
    warnings,
  };
}

interface Destination {
  /** null: can't be told. */
  cluster: string | null;
  /** What the definition itself calls it. */
  folder: string;
  why: string;
}

function destinations(
  { cluster: hint }: StackDefinition,
  folders: ReadonlySet<string>,
  choice: ClusterChoice,
): Destination[] {
  const names = choice.clusters.map(({ name }) => name);
  const known = names.join(', ');
  const { defaultCluster } = choice;
  switch (hint.by) {
    case 'folder': {
      if (hint.names.length === 0)
        return [
          {
            cluster: defaultCluster,
            folder: '',
            why: `which of the clusters (${known}) is meant is not said. Set drivers.kubernetes.default_cluster.`,
          },
        ];
      return hint.names.map((folder) => {
        const own = names.includes(folder) ? folder : undefined;
        // The only folder may be called anything; of several, one that nobody has configured is another cluster's.
        const other = folders.size === 1 ? defaultCluster : null;
        const why = `no cluster of drivers.kubernetes.clusters (${known}) is called ${folder}, as their folder in clusters/ is.`;
        return { cluster: own ?? other, folder, why };
      });
    }
    case 'name':
    case 'server': {
      const word = hint.by === 'name' ? hint.name : hint.url;
      const isHome = word === IN_CLUSTER_NAME || word.replace(/:443$|\/$/, '') === IN_CLUSTER_URL;
      const named = choice.clusters.find((one) => one.name === word || sameServer(one.server, word));
      const why = `its destination ${word} is none of drivers.kubernetes.clusters (${known}). Give one of them that name, or that server.`;
      return [{ cluster: named?.name ?? (isHome ? defaultCluster : null), folder: word, why }];
    }
  }
}

function sameServer(server: string | null, url: string): boolean {
  return server !== null && server.replace(/\/+$/, '') === url.replace(/\/+$/, '');
}

/** What a definition calls its clusters, configured or not: so that keys stay when a cluster is added to the config. */
function namesOf({ cluster }: StackDefinition): string[] {
  if (cluster.by === 'folder') return cluster.names.length === 0 ? [''] : [...cluster.names];
  return [cluster.by === 'name' ? cluster.name : cluster.url];
}

function workspaceOf(
  definition: StackDefinition,
  cluster: string,
  all: readonly { definition: StackDefinition; cluster: string }[],
): string {
  const sameFolder = all.filter((one) => one.definition.path === definition.path);
  const clusters = new Set(sameFolder.map((one) => one.cluster));
  const beside = sameFolder.filter((one) => one.cluster === cluster);
  const sameName = beside.filter((one) => one.definition.name === definition.name);
  const parts = [
    clusters.size > 1 ? cluster.replace(/^https?:\/\//, '') : '',
    sameName.length > 1 ? definition.namespace : '',
    beside.length > 1 ? definition.name : '',
  ].filter((part) => part !== '');
  return parts.join('.') || 'default';
}
