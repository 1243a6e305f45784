import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { configFiles, type Flavour } from './flavour.ts';
import { isLocalSource, moduleFacts, type ModuleFacts } from './module-facts.ts';

/** A stack's root module and every module of the repository that it calls, directly or not. */
export interface SourceClosure {
  /** By folder, relative to the repository's root; the stack's own folder comes first. */
  modules: Map<string, ModuleFacts>;
  /** SHA-256 (hex) of each file's content, by path relative to the repository's root, sorted. */
  hashes: Record<string, string>;
  /** The texts of all configuration files, for whoever must find names in them. */
  texts: string[];
}

const STATE_FILE = /\.tfstate(\.[\w.-]+)?$/;

/**
 * Reads a stack's sources: all files of each module's folder, and of the folders below it that are no modules themselves
 * (templates, policies, scripts). State, and what is hidden apart from the lock file, is no source.
 */
export async function readClosure(
  workTree: string,
  stackPath: string,
  flavour: Flavour,
): Promise<SourceClosure> {
  const closure: SourceClosure = { modules: new Map(), hashes: {}, texts: [] };
  const waiting = [stackPath];
  const hashes: [string, string][] = [];
  for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
    if (closure.modules.has(path)) continue;
    const files = await readModuleFiles(workTree, path, flavour, true);
    const config = new Map<string, string>();
    const names = new Set(
      configFiles(files.filter((file) => posix.dirname(file.path) === path).map(baseName), flavour),
    );
    for (const file of files) {
      hashes.push([file.path, createHash('sha256').update(file.content).digest('hex')]);
      if (posix.dirname(file.path) === path && names.has(baseName(file)))
        config.set(baseName(file), file.content.toString('utf8'));
    }
    const facts = moduleFacts(config);
    closure.modules.set(path, facts);
    closure.texts.push(...config.values());
    waiting.push(...localCalls(path, facts));
  }
  closure.hashes = Object.fromEntries(hashes.sort(([a], [b]) => (a < b ? -1 : 1)));
  return closure;
}

/** Folders of the modules that a stack calls, directly or not. */
export async function calledModules(
  workTree: string,
  stackPath: string,
  flavour: Flavour,
): Promise<string[]> {
  const { modules } = await readClosure(workTree, stackPath, flavour);
  return [...modules.keys()].filter((path) => path !== stackPath);
}

interface SourceFile {
  path: string;
  content: Buffer;
}

function baseName(file: { path: string }): string {
  return posix.basename(file.path);
}

/** Folders of the repository that a module calls; a source that leaves the repository is Terraform's to refuse. */
function localCalls(path: string, facts: ModuleFacts): string[] {
  return facts.calls
    .filter((call) => isLocalSource(call.source))
    .map((call) => posix.join(path, call.source).replace(/\/$/, ''))
    .filter((folder) => folder !== '..' && !folder.startsWith('../'));
}

async function readModuleFiles(
  workTree: string,
  path: string,
  flavour: Flavour,
  isModule: boolean,
): Promise<SourceFile[]> {
  const entries = await readdir(join(workTree, path), { withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => !entry.isDirectory() && isSource(entry.name));
  if (
    !isModule &&
    configFiles(
      files.map((entry) => entry.name),
      flavour,
    ).length > 0
  )
    return [];
  const folders = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'));
  const parts = await Promise.all([
    Promise.all(files.map((entry) => readSource(workTree, posix.join(path, entry.name)))),
    ...folders.map((entry) => readModuleFiles(workTree, posix.join(path, entry.name), flavour, false)),
  ]);
  return parts.flat();
}

async function readSource(workTree: string, path: string): Promise<SourceFile> {
  return { path, content: await readFile(join(workTree, path)).catch(() => Buffer.alloc(0)) };
}

function isSource(name: string): boolean {
  return (!name.startsWith('.') || name === '.terraform.lock.hcl') && !STATE_FILE.test(name);
}
