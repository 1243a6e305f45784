import { posix } from 'node:path';
import type { SourceFolder } from '../../../source-folders.ts';
import type { DefinitionObject } from '../definition-objects.ts';
import type { Definitions, OwnRepository } from '../flux/definitions.ts';
import type { StackDefinition } from '../stack-definition.ts';
import { readApplication, waveOf } from './application.ts';
import { applicationsOf, type SetFiles } from './application-set.ts';

/** The stacks of Argo CD: the Applications whose objects are of this repository, also those that ApplicationSets make. */
export async function argoDefinitions(
  objects: readonly DefinitionObject[],
  own: OwnRepository,
  tree: { folders: ReadonlyMap<string, SourceFolder>; read: SetFiles['read'] },
): Promise<Definitions> {
  const mine = objects.filter(({ tool }) => tool === 'argo_cd');
  const found: Definitions = { definitions: [], warnings: [] };
  const applications = mine.filter(({ object }) => object.kind === 'Application');
  const folders = [...tree.folders.keys()];
  const files = [...tree.folders.values()].flatMap(({ path, files: names }) =>
    names.map((name) => posix.join(path, name)),
  );
  for (const set of mine.filter(({ object }) => object.kind === 'ApplicationSet')) {
    const made = await applicationsOf(set, own, { folders, files, read: tree.read });
    found.warnings.push(...made.warnings);
    applications.push(...made.applications);
  }
  const read = applications.map((from) => ({ from, ...readApplication(from, own) }));
  found.warnings.push(...read.flatMap(({ warnings }) => warnings));
  const kept = read.flatMap(({ from, definition }) => (definition === null ? [] : [{ from, definition }]));
  found.definitions.push(...inWaves(kept));
  return found;
}

/**
 * What comes before an Application among those of the same parent: those of the next lower wave. Parents are the Applications
 * whose folder the file is in; where there is none, those of one folder are siblings.
 */
function inWaves(all: readonly { from: DefinitionObject; definition: StackDefinition }[]): StackDefinition[] {
  const parentOf = ({ file, ...self }: StackDefinition) => {
    const above = all
      .map(({ definition }) => definition)
      .filter(
        ({ path, name, namespace }) =>
          (name !== self.name || namespace !== self.namespace) &&
          (path === '.' || file.startsWith(`${path}/`)),
      )
      .toSorted((a, b) => b.path.length - a.path.length)[0];
    return above === undefined ? posix.dirname(file) : `${above.namespace}/${above.name}`;
  };
  const families = new Map<string, { wave: number; definition: StackDefinition }[]>();
  for (const { from, definition } of all) {
    const parent = parentOf(definition);
    families.set(parent, [...(families.get(parent) ?? []), { wave: waveOf(from), definition }]);
  }
  return [...families.values()].flatMap((siblings) =>
    siblings.map(({ wave, definition }) => {
      const before = Math.max(...siblings.map((one) => one.wave).filter((other) => other < wave));
      const needs = siblings
        .filter((one) => one.wave === before)
        .map((one) => `${one.definition.namespace}/${one.definition.name}`);
      return needs.length === 0 ? definition : { ...definition, needs };
    }),
  );
}
