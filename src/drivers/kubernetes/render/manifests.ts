import { posix } from 'node:path';
import { errorCode } from '../../../util/errors.ts';
import type { Rendered, WantedObject } from '../rendered.ts';
import { readManifests } from './manifest-objects.ts';
import { sourceFault } from './source-fault.ts';
import type { SourceReader } from './source-reader.ts';

const READ_AT_ONCE = 16;
const MANIFEST = /\.(?:ya?ml|json)$/i;

/** What a source's files come to, before anything is filled in. */
export type RenderedFiles = Pick<Rendered, 'objects' | 'problems' | 'warnings'>;

/** Takes the text of a file that SOPS has encrypted, and gives it decrypted; undefined of one that it hasn't. */
export type Decrypt = (path: string, content: Buffer) => Promise<string | undefined>;

/** Which files of a folder count, by path. */
export interface FileChoice {
  folder: (path: string) => boolean;
  file: (path: string) => boolean;
}

const ALL_FILES: FileChoice = { folder: () => true, file: () => true };

/**
 * The objects of a folder of manifests and of the folders below it, in the order of their paths and places. Hidden files and
 * folders are left out, links to folders are not followed. What is no object is a problem.
 * @throws PlumblineError `stack_not_found` when there is no such folder; what `decrypt` throws
 */
export async function readDirectory(
  reader: SourceReader,
  folder: string,
  decrypt: Decrypt,
  choice: FileChoice = ALL_FILES,
): Promise<RenderedFiles> {
  const rendered: RenderedFiles = { objects: [], problems: [], warnings: [] };
  const files = await listManifests(reader, folder, { notes: rendered, choice });
  if (files === undefined)
    throw sourceFault({ file: folder, line: null, summary: 'there is no such folder', detail: '' });
  for (let at = 0; at < files.length; at += READ_AT_ONCE) {
    const some = files.slice(at, at + READ_AT_ONCE);
    const contents = await Promise.all(some.map((file) => readFile(reader, file)));
    // One after the other, since a program's waiting counts.
    for (const [index, content] of contents.entries())
      await addFile(rendered, some[index]!, content, decrypt);
  }
  return rendered;
}

/** A file's content; the error of one that may not be read. */
async function readFile(reader: SourceReader, file: string): Promise<Buffer | Error | undefined> {
  try {
    return await reader.read(file);
  } catch (error) {
    if (!(error instanceof Error) || errorCode(error) !== 'config_invalid') throw error;
    return error;
  }
}

async function addFile(
  rendered: RenderedFiles,
  file: string,
  content: Buffer | Error | undefined,
  decrypt: Decrypt,
): Promise<void> {
  if (content === undefined) return;
  if (content instanceof Error) {
    rendered.problems.push({ file, line: null, message: content.message });
    return;
  }
  const text = (await decrypt(file, content)) ?? content.toString('utf8');
  const { objects, problems } = readManifests(text, file);
  for (const object of objects) rendered.objects.push(wanted(file, object));
  for (const problem of problems) rendered.problems.push(problem);
}

function wanted(
  file: string,
  { object, line }: { object: WantedObject['object']; line: number },
): WantedObject {
  return { object, source: { file, line }, hook: null };
}

/** Paths of a folder's manifests; undefined when there is no such folder. */
async function listManifests(
  reader: SourceReader,
  folder: string,
  { notes, choice }: { notes: RenderedFiles; choice: FileChoice },
): Promise<string[] | undefined> {
  const entries = await reader.list(folder);
  if (entries === undefined) return undefined;
  const files: string[] = [];
  for (const { name, kind } of entries) {
    if (name.startsWith('.')) continue;
    const path = posix.join(folder, name);
    if (kind === 'folder') {
      if (choice.folder(path)) files.push(...((await listManifests(reader, path, { notes, choice })) ?? []));
    } else if (kind === 'link') notes.warnings.push(`${path} is a link to a folder and is not followed.`);
    else if (!MANIFEST.test(name) || !choice.file(path)) continue;
    else if (kind === 'file') files.push(path);
    else
      notes.problems.push({
        file: path,
        line: null,
        message: 'This link leads nowhere, or out of the repository; put the file itself there',
      });
  }
  return files;
}
