import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { configFiles, OPENTOFU } from '../terraform/flavour.ts';
import type { SourceFolder } from '../source-folders.ts';
import { readUnit, UNIT_FILE, type UnitFacts } from './unit-file.ts';

/** A Terragrunt unit: a folder with a `terragrunt.hcl` that can be planned. */
export interface Unit {
  path: string;
  facts: UnitFacts;
}

/**
 * The units of a work tree, by path. A `terragrunt.hcl` that includes nothing, names no source and has no configuration
 * beside it is a root configuration that others include, and no unit.
 */
export async function findUnits(
  workTree: string,
  folders: ReadonlyMap<string, SourceFolder>,
): Promise<Map<string, Unit>> {
  const candidates = [...folders.values()].filter((folder) => folder.files.includes(UNIT_FILE));
  const units = await Promise.all(
    candidates.map(async (folder) => {
      const text = await readFile(join(workTree, folder.path, UNIT_FILE), 'utf8').catch(() => '');
      const facts = readUnit(folder.path, text);
      const usable = facts.hasInclude || facts.hasSource || configFiles(folder.files, OPENTOFU).length > 0;
      return usable ? { path: folder.path, facts } : undefined;
    }),
  );
  return new Map(units.filter((unit) => unit !== undefined).map((unit) => [unit.path, unit]));
}

/** Folders of the units that a unit depends on, directly or through others, without itself. */
export function allDependencies(path: string, units: ReadonlyMap<string, Unit>): string[] {
  const found = new Set<string>();
  const waiting = [path];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    const facts = units.get(at)?.facts;
    for (const next of facts?.dependencies ?? []) {
      if (next.path === path || found.has(next.path) || !units.has(next.path)) continue;
      found.add(next.path);
      waiting.push(next.path);
    }
  }
  return [...found].sort();
}
