import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** A folder of the work tree and what is in it. */
export interface SourceFolder {
  /** Relative to the root, with `/`; `.` is the root. */
  path: string;
  /** Names of its files (and of links to files). */
  files: string[];
}

const SKIPPED = new Set(['node_modules']);

/**
 * All folders of a work tree, by path, in order. Hidden folders (`.git`, `.terraform`, `.terragrunt-cache`) and
 * `node_modules` are left out; links to folders are not followed, so that each folder is seen once.
 * @throws what the signal was aborted with
 */
export async function listFolders(root: string, signal: AbortSignal): Promise<Map<string, SourceFolder>> {
  const folders = new Map<string, SourceFolder>();
  let level = ['.'];
  while (level.length > 0) {
    signal.throwIfAborted();
    const found = await Promise.all(level.map((path) => readFolder(root, path)));
    for (const { folder } of found) folders.set(folder.path, folder);
    level = found.flatMap(({ below }) => below);
  }
  return new Map([...folders].sort(([a], [b]) => (a < b ? -1 : 1)));
}

async function readFolder(root: string, path: string): Promise<{ folder: SourceFolder; below: string[] }> {
  // What can't be read must not look empty: stacks that are not found are forgotten.
  const entries = await readdir(join(root, path), { withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() || entry.isSymbolicLink())
    .map((entry) => entry.name);
  const below = entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.') && !SKIPPED.has(entry.name))
    .map((entry) => (path === '.' ? entry.name : `${path}/${entry.name}`));
  return { folder: { path, files: files.sort() }, below };
}
