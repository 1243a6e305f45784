import { posix } from 'node:path';
import type { JsonValue } from '../../../domain/json.ts';
import { groupVersion } from '../../../kube/object.ts';
import { PlumblineError } from '../../../util/errors.ts';
import type { Rendered, WantedObject } from '../rendered.ts';
import type { SourceKind } from '../stack-schema.ts';
import type { StackOptions } from '../stack-options.ts';
import { findDuplicates } from './duplicates.ts';
import { templateChart } from './helm.ts';
import { helmHook } from './helm-hook.ts';
import { evaluateJsonnet } from './jsonnet.ts';
import { buildKustomization } from './kustomize.ts';
import { objectsOf } from './manifest-objects.ts';
import { readDirectory, type RenderedFiles } from './manifests.ts';
import { openRenderSession, type RenderContext, type RenderSession } from './render-session.ts';
import { createDecryption, type Decryption } from './secrets.ts';
import { sourceFault } from './source-fault.ts';
import { sourceKindOf } from './source-kind.ts';
import { createSourceReader, type SourceReader } from './source-reader.ts';
import { readYamlDocuments, type YamlDocument } from './yaml-documents.ts';

export type { RenderContext } from './render-session.ts';

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

/**
 * What a stack's source comes to. Changes nothing and writes nothing but to `context.scratchDir`; safe to run again.
 * @throws PlumblineError `config_invalid` (`details.diagnostics` has file, line, summary and detail), `stack_not_found`,
 *   `secret_undecryptable`, `tool_not_found`, `tool_timeout`, `cancelled`
 */
export async function render(context: RenderContext, how: RenderHow): Promise<Rendered> {
  const session = openRenderSession(context);
  const reader = await createSourceReader(context.workTree, context.signal);
  const decryption = createDecryption(session);
  const made = await renderSource({ session, reader, decryption }, how);
  const objects = await fillNamespaces(made.objects, how);
  const [duplicate, ...more] = findDuplicates(objects, context.stack.path);
  if (duplicate) throw sourceFault(duplicate, ...more);
  return {
    ...made,
    objects,
    tools: [...session.used.values()].map(({ name, version, source }) => ({ name, version, source })),
    sources: Object.fromEntries(Object.entries(reader.sources).sort(([a], [b]) => (a < b ? -1 : 1))),
    secrets: [...decryption.secrets],
  };
}

interface Parts {
  session: RenderSession;
  reader: SourceReader;
  decryption: Decryption;
}

async function renderSource(parts: Parts, how: RenderHow): Promise<RenderedFiles> {
  const { session, reader, decryption } = parts;
  const { stack } = session.context;
  const folder = posix.normalize(stack.path);
  await requireFolder(reader, folder);
  const { options } = how;
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
        namespace,
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
async function requireFolder(reader: SourceReader, folder: string): Promise<void> {
  const isOutside = folder === '..' || folder.startsWith('../') || posix.isAbsolute(folder);
  if (!isOutside && (await reader.list(folder)) !== undefined) return;
  throw new PlumblineError(
    'stack_not_found',
    `The repository has no folder ${folder} at this commit. "plumbline status" lists the stacks that it has.`,
  );
}

async function chooseKind(reader: SourceReader, folder: string, options: StackOptions): Promise<SourceKind> {
  if (options.source !== 'auto') return options.source;
  if (options.helm.chart !== null) return 'helm';
  const entries = (await reader.list(folder)) ?? [];
  return sourceKindOf(entries.flatMap(({ name, kind }) => (kind === 'file' ? [name] : [])));
}

/** Objects of documents that a program made of what is at `from`: their places there can't be told. */
async function fromProgram(
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

function withHooks(rendered: RenderedFiles): RenderedFiles {
  const objects = rendered.objects.flatMap((wanted) => {
    const hook = helmHook(wanted.object);
    return hook === undefined ? [] : [{ ...wanted, hook }];
  });
  return { ...rendered, objects };
}

function joined(parts: readonly RenderedFiles[]): RenderedFiles {
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

async function fillNamespaces(objects: readonly WantedObject[], how: RenderHow): Promise<WantedObject[]> {
  const { isNamespaced, namespace } = how;
  if (isNamespaced === undefined) return [...objects];
  const filled: WantedObject[] = [];
  for (const wanted of objects) {
    const { object } = wanted;
    const isBare = (object.metadata['namespace'] ?? '') === '';
    const type = { ...groupVersion(object.apiVersion), kind: object.kind };
    filled.push(
      isBare && (await isNamespaced(type)) === true
        ? { ...wanted, object: { ...object, metadata: { ...object.metadata, namespace } } }
        : wanted,
    );
  }
  return filled;
}
