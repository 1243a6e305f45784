import { posix } from 'node:path';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../domain/json.ts';
import { textOf } from '../../../kube/fields.ts';
import { kustomizationFile, readKustomization, type Kustomization } from '../render/kustomization.ts';
import { readYamlDocuments } from '../render/yaml-documents.ts';
import type { Layout } from './layout.ts';

/** An object as it stands in a file. */
export interface FileObject {
  file: string;
  line: number;
  group: string;
  kind: string;
  name: string;
  namespace: string;
  value: JsonObject;
  /** The line of what stands at these keys. */
  lineOf: (...path: (string | number)[]) => number;
}

/** A folder's kustomization file. */
export interface FolderKustomization extends Kustomization {
  file: string;
  value: JsonObject;
  lineOf: (...path: (string | number)[]) => number;
}

/** A repository as the rules look at it. Paths are relative to its root. */
export interface RepoModel {
  layout: Layout;
  /** Text by path: manifests, definitions of CI, scripts. */
  files: ReadonlyMap<string, string>;
  folders: ReadonlySet<string>;
  /** Objects by file; kustomization files and templates of charts hold none. */
  objects: ReadonlyMap<string, readonly FileObject[]>;
  /** By folder. */
  kustomizations: ReadonlyMap<string, FolderKustomization>;
}

const MANIFEST = /\.(?:ya?ml|json)$/i;

/** Whether a file may hold manifests. */
export function isManifestFile(path: string): boolean {
  return MANIFEST.test(path);
}

/** All folders that files are in, and the folders of these. */
export function foldersOf(files: Iterable<string>): Set<string> {
  const folders = new Set<string>(['.']);
  for (const file of files) {
    for (let folder = posix.dirname(file); !folders.has(folder); folder = posix.dirname(folder))
      folders.add(folder);
  }
  return folders;
}

/** Reads the files of a repository's layers. What can't be read is left out: a plan says what is wrong with it. */
export function readModel(files: ReadonlyMap<string, string>, layout: Layout): RepoModel {
  const folders = foldersOf(files.keys());
  const charts = [...files.keys()]
    .filter((path) => posix.basename(path) === 'Chart.yaml')
    .map((path) => posix.dirname(path));
  const objects = new Map<string, FileObject[]>();
  const kustomizations = new Map<string, FolderKustomization>();
  for (const [path, text] of files) {
    const folder = posix.dirname(path);
    const name = posix.basename(path);
    if (kustomizationFile([name]) !== undefined) {
      const kustomization = readFolder(path, text);
      if (kustomization !== undefined) kustomizations.set(folder, kustomization);
    } else if (isManifestFile(path) && !charts.some((chart) => path.startsWith(`${chart}/`))) {
      objects.set(path, readObjects(path, text));
    }
  }
  return { layout, files, folders, objects, kustomizations };
}

function readFolder(file: string, text: string): FolderKustomization | undefined {
  const [document] = readYamlDocuments(text);
  if (document === undefined || document.faults.length > 0 || !isJsonObject(document.value)) return undefined;
  return {
    ...readKustomization(document),
    file,
    value: document.value,
    lineOf: (...path) => document.at(path).line,
  };
}

function readObjects(file: string, text: string): FileObject[] {
  return readYamlDocuments(text).flatMap((document) => {
    if (document.faults.length > 0) return [];
    return objectsIn(document.value, []).map(({ value, at }): FileObject => {
      const { metadata } = value;
      const named = isJsonObject(metadata) ? metadata : {};
      return {
        file,
        line: at.length === 0 ? document.line : document.at(at).line,
        group: groupOf(textOf(value, 'apiVersion')),
        kind: textOf(value, 'kind'),
        name: textOf(named, 'name'),
        namespace: textOf(named, 'namespace'),
        value,
        lineOf: (...path) => document.at([...at, ...path]).line,
      };
    });
  });
}

/** The object that a document is, or those of the list that it is. */
function objectsIn(
  value: JsonValue,
  at: (string | number)[],
): { value: JsonObject; at: (string | number)[] }[] {
  if (!isJsonObject(value) || typeof value['kind'] !== 'string') return [];
  if (typeof value['apiVersion'] !== 'string') return [];
  const { items } = value;
  if (!value['kind'].endsWith('List') || !Array.isArray(items)) return [{ value, at }];
  return items.flatMap((item, index) => objectsIn(item, [...at, 'items', index]));
}

function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
}
