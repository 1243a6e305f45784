import { posix } from 'node:path';
import type { SourceFolder } from '../source-folders.ts';
import { jsonnetFiles } from './render/jsonnet.ts';
import { kustomizationFile, readKustomization, type Kustomization } from './render/kustomization.ts';
import { readYamlDocuments } from './render/yaml-documents.ts';
import type { SourceKind } from './stack-schema.ts';

/** What of a work tree is a source of Kubernetes objects. Paths are relative to the root. */
export interface SourceTree {
  /** All folders. */
  folders(): string[];
  /** What the folder holds; undefined: nothing that could be applied. */
  kindOf(path: string): SourceKind | undefined;
  /**
   * All folders that hold a source themselves: those of manifests only where a manifest lies in the folder itself, and none
   * inside of a chart.
   */
  holdingSources(): string[];
  /** Whether a kustomization of the tree names this folder: then its objects are of that one’s stack. */
  isNamed(path: string): boolean;
  /** Folders that are stacks without anybody having said so. */
  roots(): string[];
}

/** A manifest says what it is; this is looked for in the text, since most YAML of a repository is something else. */
const IS_MANIFEST = /^(?:- |["'{\s]*)["']?apiVersion["']?\s*:/m;
const HAS_KIND = /["']?\bkind["']?\s*:/;
const MANIFEST_FILE = /\.(?:ya?ml|json)$/i;
const READ_AT_ONCE = 32;
/** Lists that tools write for themselves are longer, and say what they are at the beginning. */
const LOOKED_AT = 256 * 1024;

/** Reads which folders are sources, of all that `listFolders` gives. */
export async function readTree(
  folders: ReadonlyMap<string, SourceFolder>,
  read: (path: string) => Promise<string>,
  signal: AbortSignal,
): Promise<SourceTree> {
  const kustomizations = new Map<string, Kustomization>();
  const manifests = new Set<string>();
  const work = [...folders.values()];
  for (let at = 0; at < work.length; at += READ_AT_ONCE) {
    signal.throwIfAborted();
    const some = work.slice(at, at + READ_AT_ONCE);
    await Promise.all(some.map((folder) => readFolder(folder, read, { kustomizations, manifests })));
  }
  const below = (path: string) => (other: string) => path === '.' || other.startsWith(`${path}/`);
  const ownKind = (path: string): SourceKind | undefined => {
    const files = folders.get(path)?.files ?? [];
    const kustomization = kustomizations.get(path);
    if (kustomization) return kustomization.isComponent ? undefined : 'kustomize';
    if (files.includes('Chart.yaml')) return 'helm';
    if (jsonnetFiles(files).length > 0) return 'jsonnet';
    return manifests.has(path) ? 'directory' : undefined;
  };
  const kindOf = (path: string) => {
    if (!folders.has(path) || kustomizations.get(path)?.isComponent === true) return undefined;
    return ownKind(path) ?? ([...manifests].some(below(path)) ? ('directory' as const) : undefined);
  };
  const named = namedBy(kustomizations);
  const charts = [...folders].filter(([, { files }]) => files.includes('Chart.yaml')).map(([path]) => path);
  const inChart = (path: string) => charts.some((chart) => chart !== path && below(chart)(path));
  return {
    folders: () => [...folders.keys()],
    kindOf,
    holdingSources: () => [...folders.keys()].filter((path) => ownKind(path) !== undefined && !inChart(path)),
    isNamed: (path) => named.has(path),
    roots: () => {
      const plain = [...folders.keys()].filter(
        (path) =>
          /^k8s\/[^/]+$/.test(path) &&
          kindOf(path) === 'directory' &&
          ![...kustomizations.keys()].some(below(path)) &&
          ![...named].some(below(path)),
      );
      const kustomized = [...kustomizations]
        .filter(([path, { isComponent }]) => !isComponent && !named.has(path))
        .map(([path]) => path);
      return [...plain, ...kustomized].sort();
    },
  };
}

async function readFolder(
  { path, files }: SourceFolder,
  read: (path: string) => Promise<string>,
  found: { kustomizations: Map<string, Kustomization>; manifests: Set<string> },
): Promise<void> {
  const kustomization = kustomizationFile(files);
  if (kustomization !== undefined) {
    const text = await read(posix.join(path, kustomization)).catch(() => '');
    const [document] = readYamlDocuments(text);
    found.kustomizations.set(
      path,
      readKustomization(document ?? { value: null, at: () => ({ line: 1, source: '' }) }),
    );
    return;
  }
  for (const name of files) {
    if (!MANIFEST_FILE.test(name) || name.startsWith('.')) continue;
    // A link that leads nowhere, or out of the work tree, is none.
    const text = (await read(posix.join(path, name)).catch(() => '')).slice(0, LOOKED_AT);
    if (!IS_MANIFEST.test(text) || !HAS_KIND.test(text)) continue;
    found.manifests.add(path);
    return;
  }
}

/** Folders and files that kustomizations name: their objects belong to those. */
function namedBy(kustomizations: ReadonlyMap<string, Kustomization>): Set<string> {
  return new Set(
    [...kustomizations].flatMap(([folder, { references }]) =>
      references
        .map(({ target }) => posix.join(folder, target.replace(/\/+$/, '')))
        .filter((path) => path !== folder),
    ),
  );
}
