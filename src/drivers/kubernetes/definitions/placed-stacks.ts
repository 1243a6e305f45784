import type { Definitions } from './flux/definitions.ts';
import { definedKey, isHome, workspaceOf } from './defined-key.ts';
import { definitionName, type StackDefinition } from './stack-definition.ts';

/** A definition on the cluster that it is for. */
export interface PlacedDefinition {
  definition: StackDefinition;
  cluster: string;
  /** What tells stacks of one folder apart; see `workspaceOf`. */
  workspace: string;
}

/** The clusters of the config, as far as definitions name them. */
export interface ClusterChoice {
  clusters: readonly { name: string; server: string | null }[];
  defaultCluster: string | null;
}

/**
 * Puts each definition on its clusters. One for which none can be told is left out with a warning: objects on the wrong cluster
 * are worse than none.
 * @param configured the one cluster that the config names for a definition's folder; undefined: it names none, or several
 */
export function placeDefinitions(
  { definitions, warnings: before }: Definitions,
  choice: ClusterChoice,
  configured: (definition: StackDefinition) => string | undefined = () => undefined,
): { placed: PlacedDefinition[]; warnings: string[] } {
  const folders = new Set(
    definitions.flatMap(({ cluster }) => (cluster.by === 'folder' ? cluster.names : [])),
  );
  const warnings = [...before];
  const left = new Map<string, { why: string; who: string[] }>();
  const on = definitions.flatMap((definition) =>
    placesOf(definition, { folders, choice, configured: configured(definition) }).flatMap(
      ({ cluster, folder, why }) => {
        if (cluster !== null) return [{ definition, cluster, folder }];
        const others = left.get(why) ?? { why, who: [] };
        left.set(why, { why, who: [...others.who, definitionName(definition)] });
        return [];
      },
    ),
  );
  for (const { why, who } of left.values()) {
    const more = who.length > 1 ? ` and ${who.length - 1} more` : '';
    warnings.push(`${who[0]!}${more} ${who.length > 1 ? 'are' : 'is'} left out: ${why}`);
  }
  const placed = on.map(({ definition, cluster, folder }) => ({
    definition,
    cluster,
    workspace: workspaceOf(definition, folder),
  }));
  const { kept, doubled } = withoutDoubles(placed);
  return { placed: kept, warnings: [...warnings, ...doubled] };
}

interface Destination {
  /** null: can't be told. */
  cluster: string | null;
  /** What the definition itself calls it. */
  folder: string;
  why: string;
}

function placesOf(
  definition: StackDefinition,
  {
    folders,
    choice,
    configured,
  }: { folders: ReadonlySet<string>; choice: ClusterChoice; configured: string | undefined },
): Destination[] {
  return configured === undefined
    ? destinations(definition, folders, choice)
    : [{ cluster: configured, folder: configured, why: '' }];
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
      const named = choice.clusters.find((one) => one.name === word || sameServer(one.server, word));
      const why = `its destination ${word} is none of drivers.kubernetes.clusters (${known}). Give one of them that name, or that server.`;
      return [{ cluster: named?.name ?? (isHome(word) ? defaultCluster : null), folder: word, why }];
    }
  }
}

function sameServer(server: string | null, url: string): boolean {
  return server !== null && server.replace(/\/+$/, '') === url.replace(/\/+$/, '');
}

/**
 * Of definitions that would be the same stack, one: that whose own folder is called as the cluster, else the first. Two stacks
 * with one key would hide each other, and two of one definition on one cluster would take each other's objects.
 */
function withoutDoubles(placed: readonly PlacedDefinition[]): {
  kept: PlacedDefinition[];
  doubled: string[];
} {
  const inOrder = placed.toSorted((a, b) => Number(saysItsCluster(b)) - Number(saysItsCluster(a)));
  const firsts = new Map<string, PlacedDefinition>();
  const left = new Map<PlacedDefinition, PlacedDefinition>();
  for (const each of inOrder) {
    const { definition, cluster, workspace } = each;
    const { kind, namespace, name, path } = definition;
    const names = [
      definedKey(definition, workspace),
      ['on', cluster, path, kind, namespace, name].join('\0'),
    ];
    const first = names.map((one) => firsts.get(one)).find((one) => one !== undefined);
    if (first !== undefined) left.set(each, first);
    else for (const one of names) firsts.set(one, each);
  }
  const doubled = [...left].map(([{ definition, workspace }, first]) => {
    const key = definedKey(first.definition, first.workspace);
    const same = key === definedKey(definition, workspace) ? 'would have the same key' : 'is the same';
    return `${definitionName(definition)} is left out: ${definitionName(first.definition)}, the stack ${key}, ${same} on the cluster ${first.cluster}. Keep one of them, or give it another name.`;
  });
  return { kept: placed.filter((each) => !left.has(each)), doubled };
}

function saysItsCluster({ definition: { cluster: hint }, cluster }: PlacedDefinition): boolean {
  return hint.by === 'folder' && hint.names.includes(cluster);
}
