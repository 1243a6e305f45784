import { access, constants, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { delimiter, join } from 'node:path';
import { parseVersion } from '../domain/version-constraint.ts';
import type { Program } from './program.ts';

const UNFINISHED = '.unfinished-';

/** The executables of this name in the folders of PATH, in its order. */
export async function findOnPath(binary: string, path: string | undefined): Promise<string[]> {
  const found: string[] = [];
  for (const folder of new Set((path ?? '').split(delimiter))) {
    if (!folder.startsWith('/')) continue;
    const candidate = join(folder, binary);
    if (await isExecutable(candidate)) found.push(candidate);
  }
  return found;
}

/** Whether this is a file that may be executed. */
export async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

/** Where the cache keeps the versions of a program: `terraform/versions` and `terragrunt/versions` are driftd's names. */
function versionsFolder(cacheDir: string, program: Program): string {
  return join(cacheDir, program.name, 'versions');
}

/** Where the cache keeps one version of a program. */
export function cachedPath(cacheDir: string, program: Program, version: string): string {
  return join(versionsFolder(cacheDir, program), version, program.binary);
}

/** The versions of a program that the cache has. */
export async function cachedVersions(cacheDir: string, program: Program): Promise<string[]> {
  const entries = await readdir(versionsFolder(cacheDir, program)).catch(() => []);
  const versions: string[] = [];
  for (const entry of entries) {
    if (parseVersion(entry)?.text !== entry) continue;
    if (await isExecutable(cachedPath(cacheDir, program, entry))) versions.push(entry);
  }
  return versions;
}

/**
 * Puts a version into the cache: `make` fills a folder, which then appears under its name as a whole.
 * The caller holds the program's lock, so that what is unfinished here was left behind by a process that died.
 * @returns the program's path
 */
export async function installIntoCache(
  cacheDir: string,
  program: Program,
  version: string,
  make: (folder: string) => Promise<void>,
): Promise<string> {
  const home = versionsFolder(cacheDir, program);
  await mkdir(home, { recursive: true });
  for (const entry of await readdir(home)) {
    if (entry.startsWith(UNFINISHED)) await rm(join(home, entry), { recursive: true, force: true });
  }
  const folder = join(home, `${UNFINISHED}${randomUUID()}`);
  await mkdir(folder);
  try {
    await make(folder);
    const target = join(home, version);
    // What stands there isn't complete, or it would have been found.
    await rm(target, { recursive: true, force: true });
    await rename(folder, target);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return cachedPath(cacheDir, program, version);
}
