import { readdir } from 'node:fs/promises';
import { join, posix } from 'node:path';
import type { SourceFolder } from '../../source-folders.ts';
import { kustomizationFile } from '../render/kustomization.ts';
import { createSourceReader, type SourceReader } from '../render/source-reader.ts';
import { HIDDEN_CI_FOLDERS, isCiFile, isScript } from './rule-ci.ts';
import { isManifestFile } from './repo-model.ts';

const READ_AT_ONCE = 32;
/** Nothing that people write is longer; what is, is looked at no further. */
const MAX_BYTES = 2 * 1024 * 1024;

/**
 * Reads what the rules look at: manifests, definitions of CI, scripts, and what secrets are generated of. Binary files (those
 * that git-crypt has locked among them) and links that lead out of the tree are left out.
 * @param folders all folders of the tree, as `listFolders` gives them
 * @param isLeftOut paths that are not looked at, since Git ignores them
 */
export async function readLayerFiles(
  root: string,
  folders: ReadonlyMap<string, SourceFolder>,
  signal: AbortSignal,
  isLeftOut: (path: string) => boolean = () => false,
): Promise<Map<string, string>> {
  const listed = [...folders.values()].flatMap(({ path, files }) =>
    files.map((name) => posix.join(path, name)),
  );
  const hidden = await Promise.all(HIDDEN_CI_FOLDERS.map((folder) => filesIn(root, folder)));
  const built = [...folders.values()].flatMap(({ path, files }) =>
    kustomizationFile(files) === undefined ? [] : [path],
  );
  const isBuilt = (path: string) => built.some((folder) => folder === '.' || path.startsWith(`${folder}/`));
  const paths = [...listed, ...hidden.flat()].filter(
    (path) => (isRead(path) || isBuilt(path)) && !isLeftOut(path),
  );
  const reader = await createSourceReader(root, signal);
  const texts = new Map<string, string>();
  for (let at = 0; at < paths.length; at += READ_AT_ONCE) {
    signal.throwIfAborted();
    const some = paths.slice(at, at + READ_AT_ONCE);
    const read = await Promise.all(some.map((path) => readText(reader, path)));
    signal.throwIfAborted();
    for (const [index, text] of read.entries()) if (text !== null) texts.set(some[index]!, text);
  }
  return texts;
}

function isRead(path: string): boolean {
  const name = posix.basename(path);
  return (
    isManifestFile(path) ||
    isCiFile(path) ||
    isScript(path) ||
    name === 'Kustomization' ||
    name.endsWith('.env')
  );
}

async function filesIn(root: string, folder: string): Promise<string[]> {
  const entries = await readdir(join(root, folder), { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).map(({ name }) => posix.join(folder, name));
}

/** null for what is no text, too large, or leads nowhere or out of the tree. */
async function readText(reader: SourceReader, path: string): Promise<string | null> {
  const content = await reader.read(path).catch(() => undefined);
  if (content === undefined || content.length > MAX_BYTES || content.includes(0)) return null;
  return content.toString('utf8');
}
