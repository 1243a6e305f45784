import { posix } from 'node:path';
import { errorCode } from '../../../util/errors.ts';
import type { SourcesOf } from '../../driver.ts';
import { stackOptionsAt } from '../definitions/defined-stacks.ts';
import { readKubernetesOptions, type StackOptions } from '../stack-options.ts';
import { jsonnetFiles } from './jsonnet.ts';
import { readJsonnetClosure } from './jsonnet-imports.ts';
import { readKustomizeClosure } from './kustomize-closure.ts';
import { chooseKind } from './render-source.ts';
import { createSourceReader, type SourceReader } from './source-reader.ts';

/**
 * What a stack reads of the repository besides its own folder: bases, components, values files, libraries. Of a source that
 * can't be read, what was found until then: its plan says why. What a definition makes may hold releases and refer to objects
 * anywhere: there `.` stands beside what is known, so that whoever changed anything has a stake.
 */
export async function kubernetesSources({ workTree, stack, options, signal }: SourcesOf): Promise<string[]> {
  const reader = await createSourceReader(workTree, signal);
  const folder = posix.normalize(stack.path);
  const anywhere: string[] = [];
  try {
    const chosen = await stackOptionsAt({ workTree, stack, signal }, readKubernetesOptions(options));
    if (chosen.definition === undefined) await readAll(reader, folder, chosen);
    else {
      anywhere.push('.');
      await readDefined(reader, chosen);
    }
  } catch (error) {
    if (!['config_invalid', 'secret_undecryptable', 'stack_not_found'].includes(errorCode(error) ?? ''))
      throw error;
  }
  const isOwn = (path: string) => folder === '.' || path.startsWith(`${folder}/`);
  return [...anywhere, ...Object.keys(reader.sources).filter((path) => !isOwn(path))].sort();
}

/** The definition itself, each of its folders, and what those read. */
async function readDefined(reader: SourceReader, options: StackOptions): Promise<void> {
  const { file, sources } = options.definition!;
  await reader.read(file);
  for (const { folder, kind, helm, jsonnet } of sources) {
    const source = {
      ...options,
      source: kind,
      helm: helm ?? options.helm,
      jsonnet: jsonnet ?? options.jsonnet,
    };
    await readAll(reader, folder, source);
    for (const { name, kind: entry } of (await reader.list(folder)) ?? [])
      if (entry === 'file') await reader.read(posix.join(folder, name));
  }
}

async function readAll(reader: SourceReader, folder: string, options: StackOptions): Promise<void> {
  const entries = (await reader.list(folder)) ?? [];
  const files = entries.flatMap(({ name, kind }) => (kind === 'file' ? [name] : []));
  switch (await chooseKind(reader, folder, options)) {
    case 'kustomize':
      await readKustomizeClosure(reader, folder);
      break;
    case 'helm':
      for (const name of options.helm.values) await reader.read(posix.join(folder, name));
      break;
    case 'jsonnet':
      for (const name of jsonnetFiles(files))
        await readJsonnetClosure(reader, posix.join(folder, name), options.jsonnet.jpath);
      break;
    case 'directory':
      break;
  }
}
