import { posix } from 'node:path';
import type { JsonValue } from '../../../domain/json.ts';
import { PlumblineError } from '../../../util/errors.ts';
import type { SourceKind } from '../stack-schema.ts';
import type { StackOptions } from '../stack-options.ts';
import { templateChart } from './helm.ts';
import { helmHook } from './helm-hook.ts';
import { evaluateJsonnet } from './jsonnet.ts';
import { buildKustomization } from './kustomize.ts';
import { objectsOf } from './manifest-objects.ts';
import { readDirectory, type RenderedFiles } from './manifests.ts';
import type { RenderSession } from './render-session.ts';
import type { Decryption } from './secrets.ts';
import { sourceKindOf } from './source-kind.ts';
import type { SourceReader } from './source-reader.ts';
import { readYamlDocuments, type YamlDocument } from './yaml-documents.ts';

/** How a stack is rendered, as far as its folder doesn't say. */
export interface RenderHow {
  /** What the config says of the stack (`optionsOfStack`). */
  options: StackOptions;
  allowRemoteBases: boolean;
  /** Given to objects that name no namespace, and to charts as that of their release. */
  namespace: string;
  /**
   * Whether objects of a kind are in a namespace; undefined when that isn't known, and then none is filled in. Without it,
   * none is filled in at all.
   */
  isNamespaced?: (type: { group: string; version: string; kind: string }) => Promise<boolean | undefined>;
  /** The cluster's version and what it serves, for charts; Helm has defaults of its own. */
  kubeVersion?: string;
  apiVersions?: readonly string[];
}

/** What renders, reads and decrypts. */
export interface Parts {
  session: RenderSession;
  reader: SourceReader;
  decryption: Decryption;
}

/** A folder, and how it is rendered. */
export interface SourceUse {
  folder: string;
  options: StackOptions;
}

/** The objects of one folder. @throws as `render` */
export async function renderSource(
  parts: Parts,
  how: RenderHow,
  { folder: given, options }: SourceUse,
): Promise<RenderedFiles> {
  const { session, reader, decryption } = parts;
  const folder = posix.normalize(given);
  await requireFolder(reader, folder);
  switch (await chooseKind(reader, folder, options)) {
    case 'directory':
      return await readDirectory(reader, folder, decryption.file);
    case 'kustomize': {
      const made = await buildKustomization(session, reader, {
        folder,
        allowRemoteBases: how.allowRemoteBases,
      });
      return await fromProgram(decryption, folder, readYamlDocuments(made.text), made.warnings);
    }
    case 'helm': {
      const { kubeVersion, apiVersions, namespace } = how;
      const made = await templateChart(session, reader, decryption, {
        folder,
        options: options.helm,
        release: options.helm.release ?? options.name ?? releaseName(folder),
        namespace: options.helm.namespace ?? namespace,
        ...(kubeVersion === undefined ? {} : { kubeVersion }),
        ...(apiVersions === undefined ? {} : { apiVersions }),
      });
      const documents = readYamlDocuments(made.text);
      return withHooks(await fromProgram(decryption, folder, documents, made.warnings));
    }
    case 'jsonnet': {
      const evaluated = await evaluateJsonnet(session, reader, { folder, options: options.jsonnet });
      const made: RenderedFiles[] = [];
      for (const { file, values } of evaluated)
        made.push(await fromProgram(decryption, file, values.map(madeDocument)));
      return joined(made);
    }
  }
}

/** @throws PlumblineError `stack_not_found`, also for a place outside of the repository */
export async function requireFolder(reader: SourceReader, folder: string): Promise<void> {
  const isOutside = folder === '..' || folder.startsWith('../') || posix.isAbsolute(folder);
  if (!isOutside && (await reader.list(folder)) !== undefined) return;
  throw new PlumblineError(
    'stack_not_found',
    `The repository has no folder ${folder} at this commit. "plumbline status" lists the stacks that it has.`,
  );
}

/** What a folder is taken for. */
export async function chooseKind(
  reader: SourceReader,
  folder: string,
  options: StackOptions,
): Promise<SourceKind> {
  if (options.source !== 'auto') return options.source;
  if (options.helm.chart !== null) return 'helm';
  const entries = (await reader.list(folder)) ?? [];
  return sourceKindOf(entries.flatMap(({ name, kind }) => (kind === 'file' ? [name] : [])));
}

/** Objects of documents that a program made of what is at `from`: their places there can't be told. */
export async function fromProgram(
  decryption: Decryption,
  from: string,
  documents: readonly YamlDocument[],
  warnings: string[] = [],
): Promise<RenderedFiles> {
  const decrypted: YamlDocument[] = [];
  for (const document of documents)
    decrypted.push({ ...document, value: await decryption.document(document.value, from) });
  const { objects, problems } = objectsOf(decrypted, from);
  return {
    objects: objects.map(({ object }) => ({ object, source: null, hook: null })),
    problems: problems.map((problem) => ({ ...problem, line: null })),
    warnings,
  };
}

function madeDocument(value: JsonValue): YamlDocument {
  return { line: 1, value, faults: [], at: () => ({ line: 1, source: undefined }) };
}

/** Those that only test are left out. */
export function withHooks(rendered: RenderedFiles): RenderedFiles {
  const objects = rendered.objects.flatMap((wanted) => {
    const hook = helmHook(wanted.object);
    return hook === undefined ? [] : [{ ...wanted, hook }];
  });
  return { ...rendered, objects };
}

/** All of them, in order. */
export function joined(parts: readonly RenderedFiles[]): RenderedFiles {
  return {
    objects: parts.flatMap(({ objects }) => objects),
    problems: parts.flatMap(({ problems }) => problems),
    warnings: parts.flatMap(({ warnings }) => warnings),
  };
}

/** A folder's name, as far as it can be a release's. */
function releaseName(folder: string): string {
  const name = posix
    .basename(folder)
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 53)
    .replace(/-+$/, '');
  return name || 'release';
}
