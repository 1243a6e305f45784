import { join, posix } from 'node:path';
import { configFiles, type Flavour } from './flavour.ts';
import { attributeOf, literalString, scanHcl } from './hcl-scan.ts';
import { isLocalSource, moduleFacts, readTexts, type ModuleFacts } from './module-facts.ts';
import type { SourceFolder } from '../source-folders.ts';

/** How many folders are read at once: more would only exhaust file handles. */
const FOLDERS_AT_ONCE = 64;
const MAY_MATTER = /\b(?:backend|cloud|module)\b/;
const TERRAGRUNT_FILE = 'terragrunt.hcl';

/** Whether a folder is a Terragrunt unit's (or its root configuration's). */
export function hasTerragrunt(folder: SourceFolder): boolean {
  return folder.files.includes(TERRAGRUNT_FILE);
}

/** Whether a folder's own files say that it is OpenTofu's: a `.tofu` file, or `.opentofu-version`. */
export function saysOpenTofu(folder: SourceFolder): boolean {
  return folder.files.some(
    (name) => name === '.opentofu-version' || name.endsWith('.tofu') || name.endsWith('.tofu.json'),
  );
}

/**
 * The folders that are root modules: they hold configuration, and either nothing in the repository calls them as a
 * module, or they have what only a root module has (a backend, a lock file, values in `terraform.tfvars`).
 * A `provider` block alone proves nothing: old modules have them too.
 * @throws what the signal was aborted with
 */
export async function findRootModules(
  workTree: string,
  folders: ReadonlyMap<string, SourceFolder>,
  flavour: Flavour,
  signal: AbortSignal,
): Promise<string[]> {
  const candidates = [...folders.values()].filter(
    (folder) => configFiles(folder.files, flavour).length > 0 || hasTerragrunt(folder),
  );
  const called = new Set<string>();
  const withBackend = new Set<string>();
  await inBatches(candidates, FOLDERS_AT_ONCE, signal, async (folder) => {
    const facts = await readFacts(workTree, folder, flavour);
    if (facts.hasBackend) withBackend.add(folder.path);
    const sources = [
      ...facts.calls.map((call) => call.source),
      ...(await terragruntSources(workTree, folder)),
    ];
    for (const source of sources) {
      if (isLocalSource(source))
        called.add(posix.join(folder.path, source.split('//').join('/')).replace(/\/$/, ''));
    }
  });
  return candidates
    .filter((folder) => configFiles(folder.files, flavour).length > 0)
    .filter(
      (folder) => !called.has(folder.path) || withBackend.has(folder.path) || hasRootFiles(folder.files),
    )
    .map((folder) => folder.path);
}

function hasRootFiles(files: readonly string[]): boolean {
  return files.some(
    (name) =>
      name === '.terraform.lock.hcl' || /^terraform\.tfvars(\.json)?$|\.auto\.tfvars(\.json)?$/.test(name),
  );
}

/** Most files hold nothing that matters here: a look for three words spares their reading as HCL. */
async function readFacts(workTree: string, folder: SourceFolder, flavour: Flavour): Promise<ModuleFacts> {
  const texts = await readTexts(join(workTree, folder.path), configFiles(folder.files, flavour));
  return moduleFacts(new Map([...texts].filter(([, text]) => MAY_MATTER.test(text))));
}

async function terragruntSources(workTree: string, folder: SourceFolder): Promise<string[]> {
  if (!hasTerragrunt(folder)) return [];
  const texts = await readTexts(join(workTree, folder.path), [TERRAGRUNT_FILE]);
  return scanHcl(texts.get(TERRAGRUNT_FILE) ?? '')
    .blocks.filter((block) => block.type === 'terraform')
    .map((block) => literalString(attributeOf(scanHcl(block.body), 'source')))
    .filter((source) => source !== undefined);
}

async function inBatches<T>(
  items: readonly T[],
  size: number,
  signal: AbortSignal,
  work: (item: T) => Promise<void>,
): Promise<void> {
  for (let at = 0; at < items.length; at += size) {
    signal.throwIfAborted();
    await Promise.all(items.slice(at, at + size).map(work));
  }
}
