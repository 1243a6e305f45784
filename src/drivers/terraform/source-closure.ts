import { createHash } from 'node:crypto';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { configFiles, type Flavour } from './flavour.ts';
import { isLocalSource, moduleFacts, type ModuleFacts } from './module-facts.ts';
import { namedPaths } from './named-paths.ts';
import { type NamedBy, outsideSources } from './outside-sources.ts';

/** A stack's root module and every module of the repository that it calls, directly or not. */
export interface SourceClosure {
  /** By folder, relative to the repository's root; the stack's own folder comes first. */
  modules: Map<string, ModuleFacts>;
  /** SHA-256 (hex) of each file's content, by path relative to the repository's root, sorted. */
  hashes: Record<string, string>;
  /** The texts of all configuration files, for whoever must find names in them. */
  texts: string[];
  /** What is read outside of the modules' folders: files and folders that the texts name, and what links lead to. */
  outside: string[];
  /** An expression that decides over what is read and can't be told; undefined: there is none. */
  unresolved: string | undefined;
}

const STATE_FILE = /\.tfstate(\.[\w.-]+)?$/;
const VAR_FILE = /\.tfvars(\.json)?$/;
/** What tools put there. */
const NO_SOURCES = new Set(['.git', '.terraform', '.terragrunt-cache']);

/**
 * Reads a stack's sources: all files of each module's folder, and of the folders below it that are no modules themselves
 * (templates, policies, scripts), and what these name or link to elsewhere in the repository. State, and hidden files of a
 * module's own folder apart from the lock file, are no source.
 */
export async function readClosure(
  workTree: string,
  stackPath: string,
  flavour: Flavour,
): Promise<SourceClosure> {
  const closure: SourceClosure = {
    modules: new Map(),
    hashes: {},
    texts: [],
    outside: [],
    unresolved: undefined,
  };
  const waiting = [stackPath];
  const hashes: [string, string][] = [];
  const named: NamedBy[] = [];
  const links: string[] = [];
  for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
    if (closure.modules.has(path)) continue;
    const files = await readModuleFiles(workTree, path, flavour, true);
    links.push(...files.flatMap((file) => (file.isLink ? [file.path] : [])));
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
    const sources = facts.calls.map(({ source }) => source);
    for (const text of [...config.values(), ...varTexts(files, path)]) {
      const { paths, unresolved } = namedPaths(text, sources);
      named.push(...paths.map((each) => ({ ...each, module: path })));
      closure.unresolved ??= unresolved;
    }
  }
  const modules = [...closure.modules.keys()];
  const outside = await outsideSources(workTree, stackPath, { modules, links, named });
  closure.outside = outside.paths;
  hashes.push(...outside.hashes);
  closure.hashes = Object.fromEntries(hashes.sort(([a], [b]) => (a < b ? -1 : 1)));
  return closure;
}

/**
 * What a stack reads besides its own folder, as `Driver.sources` has it: the folders of modules that it calls, directly or not,
 * and what these name or link to. The whole repository (`.`) where an expression decides over that.
 */
export async function closurePaths(workTree: string, stackPath: string, flavour: Flavour): Promise<string[]> {
  return pathsOfClosure(await readClosure(workTree, stackPath, flavour)).filter((path) => path !== stackPath);
}

/** All paths of a closure, its own folders among them. */
export function pathsOfClosure({ modules, outside, unresolved }: SourceClosure): string[] {
  return [...modules.keys(), ...outside, ...(unresolved === undefined ? [] : ['.'])];
}

interface SourceFile {
  path: string;
  content: Buffer;
  /** A symbolic link. */
  isLink: boolean;
}

function varTexts(files: readonly SourceFile[], path: string): string[] {
  const own = files.filter((file) => posix.dirname(file.path) === path && VAR_FILE.test(file.path));
  return own.map(({ content }) => content.toString('utf8'));
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
  const isHidden = posix.basename(path).startsWith('.');
  const files = entries.filter((entry) => !entry.isDirectory() && (isHidden || isSource(entry.name)));
  if (
    !isModule &&
    configFiles(
      files.map((entry) => entry.name),
      flavour,
    ).length > 0
  )
    return [];
  const folders = entries.filter((entry) => entry.isDirectory() && !NO_SOURCES.has(entry.name));
  const parts = await Promise.all([
    Promise.all(
      files.map((entry) => readSource(workTree, posix.join(path, entry.name), entry.isSymbolicLink())),
    ),
    ...folders.map((entry) => readModuleFiles(workTree, posix.join(path, entry.name), flavour, false)),
  ]);
  return parts.flat();
}

/** Of a link to a folder, where it leads. */
async function readSource(workTree: string, path: string, isLink: boolean): Promise<SourceFile> {
  const file = join(workTree, path);
  const content = await readFile(file).catch(async () => Buffer.from(await readlink(file).catch(() => '')));
  return { path, content, isLink };
}

function isSource(name: string): boolean {
  return (!name.startsWith('.') || name === '.terraform.lock.hcl') && !STATE_FILE.test(name);
}
