import { readFile } from 'node:fs/promises';
import { isAbsolute, join, relative, sep } from 'node:path';
import { z } from 'zod';
import { hashBelow } from './outside-sources.ts';

const manifestSchema = z.object({ Modules: z.array(z.object({ Dir: z.string() })) });

/**
 * SHA-256 (hex) of all files of the modules that an init has fetched from elsewhere, by path below the data folder's `modules`: the
 * scripts and templates in them are in no plan. Empty where there are none. What an earlier init has left is no part of it.
 * @param dataDir `TF_DATA_DIR`, absolute or relative to `cwd`
 */
export async function installedModules(cwd: string, dataDir: string): Promise<Record<string, string>> {
  const folder = join(isAbsolute(dataDir) ? dataDir : join(cwd, dataDir), 'modules');
  const text = await readFile(join(folder, 'modules.json'), 'utf8').catch(() => undefined);
  const manifest = text === undefined ? undefined : manifestSchema.safeParse(parsed(text)).data;
  const packages = new Set((manifest?.Modules ?? []).flatMap(({ Dir }) => packageOf(cwd, folder, Dir)));
  const hashes: [string, string][] = [];
  for (const name of [...packages].sort()) hashes.push(...(await hashBelow(folder, name)).hashes);
  return Object.fromEntries(hashes.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** A module may be a folder of what was fetched: all of that can be read by it. */
function packageOf(cwd: string, folder: string, dir: string): string[] {
  const [name] = relative(folder, isAbsolute(dir) ? dir : join(cwd, dir)).split(sep);
  return name === undefined || name === '' || name === '..' ? [] : [name];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
