import { createHash } from 'node:crypto';
import type { Stats } from 'node:fs';
import { lstat, readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join, posix, sep } from 'node:path';
import { PlumblineError } from '../../../util/errors.ts';
import { sourceFault } from './source-fault.ts';

/** Nothing that an API server would take is larger. */
const MAX_FILE_BYTES = 16 * 1024 * 1024;
const GIT_CRYPT = Buffer.from('\0GITCRYPT\0');

/** An entry of a folder: links to files are files, links to folders are `link`, what leaves the tree or leads nowhere is `astray`. */
export interface SourceEntry {
  name: string;
  kind: 'file' | 'folder' | 'link' | 'astray';
}

/** Reads files of a work tree, never outside of it, and remembers which. Paths are relative to the root, with `/`. */
export interface SourceReader {
  /** SHA-256 (hex) of each file that was read, by path. */
  readonly sources: Record<string, string>;
  /**
   * undefined when there is no such file.
   * @throws PlumblineError `config_invalid` (outside of the tree, too large), `secret_undecryptable` (locked by git-crypt)
   */
  read(path: string): Promise<Buffer | undefined>;
  /** Notes what was read from elsewhere. @param hash SHA-256 (hex) */
  note: (source: string, hash: string) => void;
  /** Sorted by name; undefined when there is no such folder. @throws PlumblineError `config_invalid` (outside of the tree) */
  list(path: string): Promise<SourceEntry[] | undefined>;
}

/** Makes a reader of this work tree. @throws what the signal was aborted with, with each call */
export async function createSourceReader(workTree: string, signal: AbortSignal): Promise<SourceReader> {
  const root = await realpath(workTree);
  const sources: Record<string, string> = {};
  const locator = createLocator(root);
  const locate = async (path: string) => {
    signal.throwIfAborted();
    return await locator(path);
  };
  return {
    sources,
    read: async (path) => {
      const found = await locate(path);
      if (!found?.facts.isFile()) return undefined;
      if (found.facts.size > MAX_FILE_BYTES) throw tooLarge(path, found.facts.size);
      const content = await readFile(found.path);
      if (content.subarray(0, GIT_CRYPT.length).equals(GIT_CRYPT)) throw locked(path);
      sources[path] = createHash('sha256').update(content).digest('hex');
      return content;
    },
    note: (source, hash) => {
      sources[source] = hash;
    },
    list: async (path) => {
      const found = await locate(path);
      return found?.facts.isDirectory() ? await listFolder(root, path, found.path) : undefined;
    },
  };
}

/** Makes what reads the texts of this work tree, as `SourceReader.read` does; one that is not there is empty. */
export async function createTextReader(workTree: string): Promise<(path: string) => Promise<string>> {
  const reader = await createSourceReader(workTree, new AbortController().signal);
  return async (path) => (await reader.read(path))?.toString('utf8') ?? '';
}

interface Located {
  /** Absolute, without links. */
  path: string;
  facts: Stats;
}

/** Finds what stands at a path of the tree; undefined where nothing does. Folders are looked up once. */
function createLocator(root: string): (path: string) => Promise<Located | undefined> {
  const folders = new Map<string, Promise<string | undefined>>();
  const inside = async (path: string) => {
    const found = await realpath(join(root, path)).catch(() => undefined);
    if (found !== undefined && !isInside(root, found)) throw outside(path);
    return found;
  };
  return async (path) => {
    const normal = posix.normalize(path).replace(/(?<=.)\/$/, '');
    if (posix.isAbsolute(path) || normal === '..' || normal.startsWith('../')) throw outside(path);
    const parent = posix.dirname(normal);
    const known = folders.get(parent) ?? inside(parent);
    folders.set(parent, known);
    const folder = await known;
    if (folder === undefined) return undefined;
    const direct = join(folder, posix.basename(normal));
    const facts = await lstat(direct).catch(() => undefined);
    if (!facts?.isSymbolicLink()) return facts && { path: direct, facts };
    const target = await inside(normal);
    return target === undefined ? undefined : { path: target, facts: await stat(target) };
  };
}

function isInside(root: string, path: string): boolean {
  return path === root || path.startsWith(root + sep);
}

async function listFolder(root: string, path: string, folder: string): Promise<SourceEntry[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const found = entries.map(async (entry): Promise<SourceEntry> => {
    const { name } = entry;
    if (entry.isDirectory()) return { name, kind: 'folder' };
    if (entry.isFile()) return { name, kind: 'file' };
    const target = await realpath(join(root, path, name)).catch(() => undefined);
    if (target === undefined || !isInside(root, target)) return { name, kind: 'astray' };
    return { name, kind: (await stat(target)).isDirectory() ? 'link' : 'file' };
  });
  return (await Promise.all(found)).sort((a, b) => (a.name < b.name ? -1 : 1));
}

function outside(path: string): PlumblineError {
  return sourceFault({
    file: path,
    line: null,
    summary: 'it is outside of the repository',
    detail: 'A stack may only use what its commit holds; copy it into the repository.',
  });
}

function tooLarge(path: string, sizeBytes: number): PlumblineError {
  return sourceFault({
    file: path,
    line: null,
    summary: `it has ${sizeBytes} bytes, more than the ${MAX_FILE_BYTES} that are read`,
    detail: 'Split it.',
  });
}

function locked(path: string): PlumblineError {
  return new PlumblineError(
    'secret_undecryptable',
    `${path} is locked by git-crypt. Unlock the repository where Plumbline checks it out: name its key in the repo’s settings.`,
    { details: { file: path } },
  );
}
