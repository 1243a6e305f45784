import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join, posix } from 'node:path';
import type { SourceFolder } from '../../source-folders.ts';
import { listFolders } from '../../source-folders.ts';
import { isSelected } from '../../work-tree-paths.ts';
import { createTextReader } from '../render/source-reader.ts';
import { argoDefinitions } from './argo/definitions.ts';
import { readDefinitionObjects, type DefinitionObjects } from './definition-objects.ts';
import { CLUSTERS_FOLDER } from './flux/clusters-of.ts';
import { fluxDefinitions, type Definitions } from './flux/definitions.ts';
import type { DefinitionTool } from './stack-definition.ts';

/** What definitions are read from, and by which rules. */
export interface DefinitionPlace {
  workTree: string;
  tools: readonly DefinitionTool[];
  /** Globs of folders that are not looked in. */
  exclude: readonly string[];
  /** URLs of this repository, as `gitUrl` makes them; none: not known. */
  urls: readonly string[];
  branch: string | null;
  /** The folder of the clusters, where it is not called as Flux calls it. */
  clusters?: string;
  signal: AbortSignal;
}

/** The definitions of a work tree, and the objects that they refer to. */
export interface FoundDefinitions extends Definitions {
  objects: DefinitionObjects['objects'];
}

/** Reads the definitions of work trees, and keeps what the last ones came to: all stacks of a commit are planned by them. */
export interface DefinitionIndex {
  /** @throws what the signal was aborted with */
  read(place: DefinitionPlace): Promise<FoundDefinitions>;
}

const STATS_AT_ONCE = 64;
const KEPT = 8;

/** Makes an index. What is kept counts only while the files of the work tree are those that were read. */
export function createDefinitionIndex(): DefinitionIndex {
  const kept = new Map<string, Promise<FoundDefinitions>>();
  return {
    read: async (place) => {
      const folders = await listFolders(place.workTree, place.signal);
      const key = await signature(place, folders);
      const known = kept.get(key);
      if (known !== undefined) return await known;
      // Whoever comes next must not wait for what this one's signal ends.
      const reading = readAll(place, folders);
      kept.set(key, reading);
      reading.catch(() => kept.delete(key));
      const oldest = kept.keys().next().value;
      if (kept.size > KEPT && oldest !== undefined) kept.delete(oldest);
      return await reading;
    },
  };
}

async function readAll(
  { workTree, tools, exclude, urls, branch, clusters = CLUSTERS_FOLDER }: DefinitionPlace,
  folders: ReadonlyMap<string, SourceFolder>,
): Promise<FoundDefinitions> {
  const looked = [...folders.values()].filter(({ path }) => isSelected(path, { include: [], exclude }));
  const read = await createTextReader(workTree);
  const { objects: all, warnings } = await readDefinitionObjects(looked, read, new AbortController().signal);
  const objects = all.filter(({ tool }) => tools.includes(tool));
  const own = { urls, branch, clusters, hasFolder: (path: string) => folders.has(path) };
  const flux = fluxDefinitions(objects, own);
  const argo = await argoDefinitions(objects, own, { folders, read });
  return {
    objects,
    definitions: [...flux.definitions, ...argo.definitions],
    warnings: [...(objects.length > 0 ? warnings : []), ...flux.warnings, ...argo.warnings],
  };
}

/** Changes when a file of the work tree does. */
async function signature(
  { workTree, signal, ...rules }: DefinitionPlace,
  folders: ReadonlyMap<string, SourceFolder>,
): Promise<string> {
  const paths = [...folders.values()].flatMap(({ path, files }) =>
    files.filter((name) => /\.(?:ya?ml|json)$/i.test(name)).map((name) => posix.join(path, name)),
  );
  const hash = createHash('sha256').update(JSON.stringify([workTree, rules, [...folders.keys()]]));
  for (let at = 0; at < paths.length; at += STATS_AT_ONCE) {
    signal.throwIfAborted();
    const some = paths.slice(at, at + STATS_AT_ONCE);
    const facts = await Promise.all(
      some.map((path) => stat(join(workTree, path), { bigint: true }).catch(() => undefined)),
    );
    for (const [index, fact] of facts.entries())
      hash.update(`${some[index]!}\0${fact?.size ?? ''}\0${fact?.mtimeNs ?? ''}\0${fact?.ino ?? ''}\n`);
  }
  return hash.digest('hex');
}
