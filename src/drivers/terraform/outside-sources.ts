import { createHash } from 'node:crypto';
import { readdir, readFile, readlink, realpath, stat } from 'node:fs/promises';
import { join, posix, relative, sep } from 'node:path';
import type { NamedPath } from './named-paths.ts';

/** A path as a module's configuration names it. */
export interface NamedBy extends NamedPath {
  /** The module's folder. */
  module: string;
}

/** What a stack reads outside of its modules' folders. */
export interface OutsideSources {
  /** Files and folders of the repository. */
  paths: string[];
  /** SHA-256 (hex) by path; of a folder that the stack itself lies in, none. */
  hashes: [string, string][];
}

/**
 * Finds what a stack reads outside of its modules' folders: what its configuration names and is there, and what links lead to.
 * @param known the modules' folders, and the links in them
 */
export async function outsideSources(
  workTree: string,
  stackPath: string,
  known: { modules: readonly string[]; links: readonly string[]; named: readonly NamedBy[] },
): Promise<OutsideSources> {
  const root = await realpath(workTree);
  const found: OutsideSources = { paths: [], hashes: [] };
  const hashed = [...known.modules];
  const seen = new Set<string>();
  const waiting = [
    ...known.named.flatMap((each) => placesOf(each, stackPath)),
    ...known.modules,
    ...known.links,
  ];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (seen.has(path)) continue;
    seen.add(path);
    const target = await behindLinks(root, path);
    if (target !== undefined) waiting.push(target);
    if (
      hashed.some((folder) => isBelow(path, folder)) ||
      !(await stat(join(root, path)).catch(() => undefined))
    )
      continue;
    found.paths.push(path);
    if (isBelow(stackPath, path)) continue;
    hashed.push(path);
    const { hashes, links } = await hashBelow(root, path);
    found.hashes.push(...hashes);
    waiting.push(...links);
  }
  return { ...found, paths: found.paths.sort() };
}

/** What a path is without its links, as a path of the repository; undefined where that is the same, or not in it. */
async function behindLinks(root: string, path: string): Promise<string | undefined> {
  const real = await realpath(join(root, path)).catch(() => undefined);
  if (real === undefined) return undefined;
  const place = relative(root, real).split(sep).join('/') || '.';
  return place === path || place === '..' || place.startsWith('../') ? undefined : place;
}

function placesOf({ base, path, module }: NamedBy, stackPath: string): string[] {
  const folders = base === 'either' ? [stackPath, module] : [base === 'module' ? module : stackPath];
  return folders
    .map((folder) => posix.join(folder, path).replace(/\/$/, ''))
    .filter((place) => place !== '..' && !place.startsWith('../'));
}

/** Whether a path is a folder, or lies below it. */
function isBelow(path: string, folder: string): boolean {
  return folder === '.' || path === folder || path.startsWith(`${folder}/`);
}

/** A file, or all files below a folder, Git's own apart: SHA-256 (hex) by path. The links among them stand for what they lead to. */
export async function hashBelow(
  root: string,
  path: string,
): Promise<{ hashes: [string, string][]; links: string[] }> {
  const entries = await readdir(join(root, path), { withFileTypes: true }).catch(() => undefined);
  if (entries === undefined) return { hashes: [[path, await hashFile(root, path)]], links: [] };
  const found: { hashes: [string, string][]; links: string[] } = { hashes: [], links: [] };
  for (const entry of entries) {
    const inner = posix.join(path, entry.name);
    if (entry.isSymbolicLink()) {
      found.links.push(inner);
      found.hashes.push([inner, await hashFile(root, inner)]);
    } else if (entry.name !== '.git') {
      const { hashes, links } = await hashBelow(root, inner);
      found.hashes.push(...hashes);
      found.links.push(...links);
    }
  }
  return found;
}

/** SHA-256 (hex) of a file's content, also behind a link; of a link to anything else, of where it leads. */
async function hashFile(root: string, path: string): Promise<string> {
  const content = await readFile(join(root, path)).catch(
    async () => await readlink(join(root, path)).catch(() => ''),
  );
  return createHash('sha256').update(content).digest('hex');
}
