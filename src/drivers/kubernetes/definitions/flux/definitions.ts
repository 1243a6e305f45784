import { textOf, fieldOf, type DefinitionObject } from '../definition-objects.ts';
import { definitionName, type StackDefinition } from '../stack-definition.ts';
import { clusterFolders } from './clusters-of.ts';
import { isFluxKustomization, readFluxKustomization } from './kustomization.ts';
import { fluxSources, type FluxSources } from './sources.ts';

/** What the definitions of a repository come to. */
export interface Definitions {
  definitions: StackDefinition[];
  warnings: string[];
}

/** What decides which definitions are this repository's. */
export interface OwnRepository {
  /** Its URLs, as `gitUrl` makes them; none: not known. */
  urls: readonly string[];
  /** The branch that it is followed at; null: not known. */
  branch: string | null;
  /** The folder of the clusters, as `layers.clusters` has it. */
  clusters: string;
  /** Whether there is such a folder. */
  hasFolder: (path: string) => boolean;
}

/** The stacks of Flux: the Kustomizations that take their objects from this repository. */
export function fluxDefinitions(objects: readonly DefinitionObject[], own: OwnRepository): Definitions {
  const kustomizations = objects.filter(isFluxKustomization);
  const sources = fluxSources(objects, own.urls);
  const places = kustomizations.flatMap((each) => {
    const { definition } = readFluxKustomization(each, []);
    return definition === null ? [] : [definition];
  });
  const foldersOf = clusterFolders(places, own.clusters);
  const found: Definitions = { definitions: [], warnings: [] };
  for (const each of kustomizations) {
    const { definition, warnings } = readFluxKustomization(each, foldersOf(each.file));
    found.warnings.push(...warnings);
    if (definition === null) continue;
    const elsewhere = whyElsewhere(each, definition, { sources, own });
    if (elsewhere !== undefined) found.warnings.push(elsewhere);
    else {
      found.definitions.push(definition);
      const moved = otherBranch(each, definition, { sources, own });
      if (moved !== undefined) found.warnings.push(moved);
      const unread = unreadSource(each, definition, sources);
      if (unread !== undefined) found.warnings.push(unread);
    }
  }
  return found;
}

interface Surroundings {
  sources: FluxSources;
  own: OwnRepository;
}

/** Why a Kustomization is no stack of this repository; undefined of one that is. */
function whyElsewhere(
  { object, file }: DefinitionObject,
  definition: StackDefinition,
  { sources, own }: Surroundings,
): string | undefined {
  const who = definitionName(definition);
  const source = sourceName(object, definition.namespace);
  if (source === undefined) return `${who} is left out: it names no source.`;
  const owned = sources.own(source, file);
  if (owned !== true)
    return `${who} is left out: its source is ${owned}, not this repository. Where that is another repository, register it in "repos:"; where it is this one, name the URL in drivers.kubernetes.definition_urls.`;
  return own.hasFolder(definition.path)
    ? undefined
    : `${who} is left out: the repository has no folder ${definition.path}.`;
}

function otherBranch(
  { object, file }: DefinitionObject,
  definition: StackDefinition,
  { sources, own }: Surroundings,
): string | undefined {
  const source = sourceName(object, definition.namespace);
  const ref = fieldOf(source && sources.find(source, file)?.object, 'spec', 'ref');
  const branch = textOf(ref, 'branch');
  const named =
    textOf(ref, 'commit') ?? textOf(ref, 'name') ?? textOf(ref, 'semver') ?? textOf(ref, 'tag') ?? branch;
  if (named === undefined || own.branch === null || named === own.branch) return undefined;
  return `${definitionName(definition)} follows ${named}, and the repository is followed at ${own.branch}: what counts here is ${own.branch}.`;
}

/** What a source says of its content and is not read: the folder counts as it stands in Git. */
function unreadSource(
  { object, file }: DefinitionObject,
  definition: StackDefinition,
  sources: FluxSources,
): string | undefined {
  const source = sourceName(object, definition.namespace);
  const spec = fieldOf(source && sources.find(source, file)?.object, 'spec');
  const fields = ['ignore', 'include'].filter((field) => fieldOf(spec, field) !== undefined);
  if (source === undefined || fields.length === 0) return undefined;
  return `${definitionName(definition)}: ${fields.join(' and ')} of the ${source.kind} ${source.namespace}/${source.name} ${fields.length > 1 ? 'are' : 'is'} not read: what counts is all of ${definition.path} as it stands in Git. Leave out files by a kustomization.yaml there.`;
}

function sourceName(
  object: DefinitionObject['object'],
  namespace: string,
): { kind: string; namespace: string; name: string } | undefined {
  const reference = fieldOf(object, 'spec', 'sourceRef');
  const name = textOf(reference, 'name');
  if (name === undefined) return undefined;
  return {
    kind: textOf(reference, 'kind') ?? 'GitRepository',
    namespace: textOf(reference, 'namespace') ?? namespace,
    name,
  };
}
