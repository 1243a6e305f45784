import { posix } from 'node:path';
import { textOf } from '../../../kube/fields.ts';
import type { FileObject, RepoModel } from './repo-model.ts';

/** An object as a folder's build would have it, as far as its namespace goes. */
export interface BuiltObject {
  object: FileObject;
  /** Empty where none is named. */
  namespace: string;
  /** Where the namespace is said. */
  at: { file: string; line: number };
}

const MAX_DEPTH = 50;

/**
 * The objects of a folder: those of its kustomization with all that it is built from, in the namespace that the outermost one
 * names; without a kustomization, those of its files. Patches add none.
 */
export function builtObjects(model: RepoModel, folder: string): BuiltObject[] {
  return build(model, folder, null, []);
}

type Override = { namespace: string; at: { file: string; line: number } } | null;

function build(
  model: RepoModel,
  folder: string,
  override: Override,
  within: readonly string[],
): BuiltObject[] {
  if (within.includes(folder) || within.length > MAX_DEPTH) return [];
  const kustomization = model.kustomizations.get(folder);
  if (kustomization === undefined)
    return [...model.objects]
      .filter(([file]) => posix.dirname(file) === folder || file.startsWith(`${folder}/`))
      .flatMap(([, objects]) => objects.map((object) => placed(object, override)));
  const namespace = textOf(kustomization.value, 'namespace');
  const at = { file: kustomization.file, line: kustomization.lineOf('namespace') };
  const outermost = override ?? (namespace === '' ? null : { namespace, at });
  return kustomization.references
    .filter(({ role }) => role === 'base')
    .flatMap(({ target }) => {
      const path = posix.join(folder, target.replace(/(?<=.)\/+$/, ''));
      const objects = model.objects.get(path);
      if (objects !== undefined) return objects.map((object) => placed(object, outermost));
      return model.folders.has(path) ? build(model, path, outermost, [...within, folder]) : [];
    });
}

function placed(object: FileObject, override: Override): BuiltObject {
  if (override !== null) return { object, ...override };
  const at = { file: object.file, line: object.line };
  return { object, namespace: object.kind === 'Namespace' ? object.name : object.namespace, at };
}
