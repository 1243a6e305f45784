import { posix } from 'node:path';
import { errorCode, PlumblineError } from '../../../util/errors.ts';
import {
  isHostLike,
  isRemote,
  isUrl,
  KUSTOMIZATION_FILES,
  pluginFault,
  readKustomization,
  type Kustomization,
  type Reference,
} from './kustomization.ts';
import { sourceFault, type SourceFault } from './source-fault.ts';
import type { SourceReader } from './source-reader.ts';
import { readYamlDocuments } from './yaml-documents.ts';

/** What a kustomization is built from. Paths are relative to the root. */
export interface KustomizeClosure {
  /** Folders with a kustomization, that of the stack first. */
  folders: string[];
  /** Files that they name, in other folders, too. */
  files: string[];
  /** Why it must never be built: what it would run, and what isn't there. */
  refused: SourceFault[];
  /** What it would fetch, and the charts that it would inflate: refused unless `allow_remote_bases` allows them. */
  remote: SourceFault[];
  charts: SourceFault[];
}

const MAX_FOLDERS = 1_000;

/**
 * Follows a kustomization through its resources, components, patches and generators, as kustomize does, without fetching or
 * running anything.
 * @throws PlumblineError `config_invalid` (a kustomization file that can't be read, or is missing), and as the reader
 */
export async function readKustomizeClosure(reader: SourceReader, folder: string): Promise<KustomizeClosure> {
  const closure: KustomizeClosure = { folders: [], files: [], refused: [], remote: [], charts: [] };
  const walk: Walk = { reader, closure, seen: new Set() };
  await visitFolder(walk, posix.normalize(folder), false);
  return closure;
}

interface Walk {
  reader: SourceReader;
  closure: KustomizeClosure;
  seen: Set<string>;
}

/** `asPlugins`: what the folder's resources are is run, as generators or transformers. */
async function visitFolder(walk: Walk, folder: string, asPlugins: boolean): Promise<void> {
  const visit = `${asPlugins ? 'plugins' : 'resources'} ${folder}`;
  if (walk.seen.has(visit)) return;
  walk.seen.add(visit);
  if (walk.seen.size > MAX_FOLDERS)
    throw sourceFault({
      file: folder,
      line: null,
      summary: 'more than 1,000 kustomizations are named',
      detail: '',
    });
  const { file, kustomization } = await readFolder(walk.reader, folder);
  if (!walk.closure.folders.includes(folder)) walk.closure.folders.push(folder);
  for (const { line, text, field } of kustomization.misspelt)
    walk.closure.refused.push({
      file,
      line,
      summary: `kustomize takes ${text} for ${field}`,
      detail: `Write it ${field}.`,
    });
  for (const { line, name } of kustomization.charts) walk.closure.charts.push(chartFault(file, line, name));
  for (const { line, text } of kustomization.inlinePlugins) judgePlugins(walk, { file, line, text });
  for (const reference of kustomization.references) {
    const isRun = asPlugins && reference.role === 'base';
    await follow(walk, { folder, file }, isRun ? { ...reference, role: 'plugin' } : reference);
  }
}

async function readFolder(
  reader: SourceReader,
  folder: string,
): Promise<{ file: string; kustomization: Kustomization }> {
  for (const name of KUSTOMIZATION_FILES) {
    const file = posix.join(folder, name);
    const content = await reader.read(file);
    if (content === undefined) continue;
    const [document, ...others] = readYamlDocuments(content.toString('utf8'));
    const fault = document?.faults[0];
    if (fault) throw sourceFault({ file, line: fault.line, summary: fault.message, detail: '' });
    if (others.length > 0)
      throw sourceFault({
        file,
        line: others[0]!.line,
        summary: 'a kustomization is one document, and here begins another one',
        detail: '',
      });
    const kustomization = readKustomization(document ?? { value: null, at: () => ({ line: 1, source: '' }) });
    return { file, kustomization };
  }
  throw sourceFault({
    file: folder,
    line: null,
    summary: 'there is no kustomization.yaml',
    detail: 'Add one, or let what names this folder name its files.',
  });
}

/** What a reference names is there, or the build is refused: nothing is left to kustomize to look for elsewhere. */
async function follow(
  walk: Walk,
  { folder, file }: { folder: string; file: string },
  { target, line, role }: Reference,
): Promise<void> {
  const path = posix.join(folder, target.replace(/(?<=.)\/+$/, ''));
  const at = { file, line };
  const isOutside = posix.isAbsolute(target) || path === '..' || path.startsWith('../');
  if (isRemote(target) && (isOutside || isUrl(target) || (await walk.reader.read(path)) === undefined)) {
    walk.closure.remote.push(remoteFault(at, target));
    return;
  }
  if (isOutside) {
    walk.closure.refused.push({
      ...at,
      summary: `${target} is outside of the repository`,
      detail: 'A stack may only use what its commit holds; copy it into the repository.',
    });
    return;
  }
  const content = await readNamed(walk, at, path);
  if (content === 'refused') return;
  if (content !== undefined) {
    if (!walk.closure.files.includes(path)) walk.closure.files.push(path);
    if (role === 'plugin') judgePlugins(walk, { file: path, line: 1, text: content.toString('utf8') });
  } else if (role !== 'file' && (await walk.reader.list(path)) !== undefined) {
    await visitFolder(walk, path, role === 'plugin');
  } else if (isHostLike(target)) {
    walk.closure.remote.push(remoteFault(at, target));
  } else {
    walk.closure.refused.push({
      ...at,
      summary: `${target} is not there`,
      detail: 'Add it, or remove its name.',
    });
  }
}

/** The content of a file that a kustomization names; undefined when there is no such file. */
async function readNamed(
  walk: Walk,
  at: { file: string; line: number },
  path: string,
): Promise<Buffer | undefined | 'refused'> {
  try {
    return await walk.reader.read(path);
  } catch (error) {
    if (!(error instanceof PlumblineError) || errorCode(error) !== 'config_invalid') throw error;
    walk.closure.refused.push({ ...at, summary: error.message, detail: '' });
    return 'refused';
  }
}

function judgePlugins(walk: Walk, { file, line, text }: { file: string; line: number; text: string }): void {
  for (const document of readYamlDocuments(text)) {
    const where = { file, line: line + document.line - 1 };
    const fault = document.faults.length > 0 ? 'plugin' : pluginFault(document.value);
    if (fault === 'chart') walk.closure.charts.push(chartFault(where.file, where.line, ''));
    else if (fault === 'remote')
      walk.closure.remote.push(remoteFault(where, 'a file of this generator or transformer'));
    else if (fault !== undefined)
      walk.closure.refused.push({
        ...where,
        summary: `this ${fault} would be run as a program`,
        detail:
          'Only generators and transformers that are part of kustomize are run; render it beforehand and commit the result.',
      });
  }
}

function remoteFault(at: { file: string; line: number }, target: string): SourceFault {
  return {
    ...at,
    summary: `${target} is not of this repository`,
    detail:
      'What it brings can change without a commit. Copy it into the repository, or set drivers.kubernetes.allow_remote_bases.',
  };
}

function chartFault(file: string, line: number, name: string): SourceFault {
  return {
    file,
    line,
    summary: `the Helm chart ${name} would be inflated by kustomize`.replace('  ', ' '),
    detail: 'Make the chart a stack of its own, or set drivers.kubernetes.allow_remote_bases.',
  };
}
