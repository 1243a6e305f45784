import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import type { Flavour } from '../terraform/flavour.ts';
import { readClosure, type SourceClosure } from '../terraform/source-closure.ts';
import type { SourceFolder } from '../source-folders.ts';
import { blindExtraArgument } from './blind-arguments.ts';
import { generatedProviders } from './generated-providers.ts';
import { UNIT_FILE } from './unit-file.ts';
import type { Unit } from './units.ts';

/** A unit's sources: its own folder, the module that it runs, and what it may include. */
export interface UnitSources {
  /** The unit's own folder, with what that reads. */
  own: SourceClosure;
  /** The folder that Terraform runs in, with its modules. */
  closure: SourceClosure;
  /** SHA-256 (hex) by path, sorted. */
  hashes: Record<string, string>;
  /** Providers that the unit needs beside those of `closure`; undefined when that can't be told. */
  needs: string[] | undefined;
  /** Arguments that the unit gives to its plans or applies and that would make them blind. */
  blind: { path: string; command: 'plan' | 'apply'; argument: string }[];
}

/**
 * Reads a unit's sources. Which of the repository's `.hcl` files a unit includes or reads only Terragrunt knows; so all
 * count that don't belong to another unit.
 */
export async function readUnitSources(
  workTree: string,
  unit: Unit,
  units: ReadonlyMap<string, Unit>,
  folders: ReadonlyMap<string, SourceFolder>,
  flavour: Flavour,
): Promise<UnitSources> {
  const own = await readClosure(workTree, unit.path, flavour);
  const closure =
    unit.facts.localSource === undefined ? own : await readClosure(workTree, unit.facts.localSource, flavour);
  const shared = [...folders.values()]
    .filter((folder) => !units.has(folder.path))
    .flatMap((folder) =>
      folder.files
        .filter((name) => name.endsWith('.hcl') && name !== '.terraform.lock.hcl')
        .map((name) => posix.join(folder.path, name)),
    );
  const unitFile = posix.join(unit.path, UNIT_FILE);
  const texts = [{ path: unitFile, text: await readFile(join(workTree, unitFile), 'utf8') }];
  const hashes = await Promise.all(
    shared.map(async (path): Promise<[string, string]> => {
      const content = await readFile(join(workTree, path)).catch(() => Buffer.alloc(0));
      texts.push({ path, text: content.toString('utf8') });
      return [path, createHash('sha256').update(content).digest('hex')];
    }),
  );
  const all = Object.entries({ ...own.hashes, ...closure.hashes, ...Object.fromEntries(hashes) });
  const read = unit.facts.hasInclude ? texts : texts.slice(0, 1);
  const generated = generatedProviders(read.map(({ text }) => text));
  const isKnown = !unit.facts.hasSource || unit.facts.localSource !== undefined;
  const beside = [...own.modules.values()].flatMap(({ providers }) => providers);
  return {
    own,
    closure,
    needs: isKnown && generated !== undefined ? [...generated, ...beside] : undefined,
    hashes: Object.fromEntries(all.sort(([a], [b]) => (a < b ? -1 : 1))),
    blind: blindIn(read),
  };
}

function blindIn(texts: readonly { path: string; text: string }[]): UnitSources['blind'] {
  return texts.flatMap(({ path, text }) =>
    (['plan', 'apply'] as const).flatMap((command) => {
      const argument = blindExtraArgument(text, command);
      return argument === undefined ? [] : [{ path, command, argument }];
    }),
  );
}
