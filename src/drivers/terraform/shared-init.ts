import { createHash } from 'node:crypto';
import { access, mkdir, readdir, readFile, readlink, rm, symlink } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { z } from 'zod';
import { canonicalJson } from '../../domain/canonical-json.ts';
import { writeFileAtomic } from '../../util/atomic-write.ts';
import type { SourceClosure } from './source-closure.ts';

/** An init whose result may be the same as another stack's. */
export interface SharedInit {
  /** The plugin cache of this machine. */
  cacheDir: string;
  /** `TF_DATA_DIR` */
  dataDir: string;
  /** Where init finds its lock file. */
  lockPath: string;
  closure: SourceClosure;
  /** Arguments, settings of the backend, and the tool: all that decides over the result beside the sources. */
  inputs: Readonly<Record<string, unknown>>;
}

/** Links of a data folder into the plugin cache: both paths relative. */
const Links = z.record(z.string(), z.string());

/**
 * Makes the data folder of a stack as an init of another stack made its own, if that is sure to be the same: one module
 * without a backend, whose init does nothing but link the providers of its lock file into place.
 * @returns whether it did
 */
export async function linkAsBefore(init: SharedInit): Promise<boolean> {
  const note = await notePath(init);
  if (note === undefined) return false;
  try {
    const links = Object.entries(Links.parse(JSON.parse(await readFile(note, 'utf8'))));
    await Promise.all(links.map(([, target]) => access(join(init.cacheDir, target))));
    await rm(join(init.dataDir, 'providers'), { recursive: true, force: true });
    for (const [path, target] of links) await link(join(init.cacheDir, target), join(init.dataDir, path));
    return true;
  } catch {
    return false;
  }
}

/** Notes what an init has made, for stacks with the same needs. What is no link into the cache can't be shared. */
export async function noteInit(init: SharedInit): Promise<void> {
  const note = await notePath(init);
  if (note === undefined) return;
  const links: Record<string, string> = {};
  const entries = await readdir(init.dataDir, { recursive: true, withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    if (entry.isDirectory()) continue;
    const path = join(entry.parentPath, entry.name);
    const target = entry.isSymbolicLink() ? relative(init.cacheDir, await readlink(path)) : '..';
    if (target.startsWith('..') || target.startsWith(sep)) return;
    links[relative(init.dataDir, path)] = target;
  }
  await mkdir(dirname(note), { recursive: true });
  await writeFileAtomic(note, JSON.stringify(links));
}

/** Undefined when the result of this init may be its own. */
async function notePath(init: SharedInit): Promise<string | undefined> {
  const [root, ...others] = init.closure.modules.values();
  if (root === undefined || others.length > 0 || root.calls.length > 0 || root.hasBackend) return undefined;
  const lockFile = await readFile(init.lockPath, 'utf8').catch(() => undefined);
  if (lockFile === undefined) return undefined;
  const { settings, providers, requirements } = root;
  const needs = canonicalJson({ v: 1, lockFile, settings, providers, requirements, ...init.inputs });
  return join(`${init.cacheDir}.inits`, `${createHash('sha256').update(needs).digest('hex')}.json`);
}

async function link(target: string, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await symlink(target, path);
}
