import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { join, posix, relative } from 'node:path';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../../domain/json.ts';
import { writeKubeJson } from '../../../../kube/exact-numbers.ts';
import type { KubeObject } from '../../../../kube/object.ts';
import { kustomizationFile } from '../kustomization.ts';
import { buildKustomization } from '../kustomize.ts';
import type { Made } from '../program-output.ts';
import type { Parts, RenderHow } from '../render-source.ts';
import { sourceFault } from '../source-fault.ts';
import { readYamlDocuments, type YamlDocument } from '../yaml-documents.ts';
import { overlayFields, type OverlayPlace } from './overlay-fields.ts';

/** What a kustomization is laid over. */
export interface OverlayUse {
  /** The folder that components and patches are relative to. */
  folder: string;
  overlay: JsonObject;
  /** The definition that says so. */
  place: OverlayPlace;
  /** Folders with a kustomization of their own. */
  bases: readonly string[];
  /** As they stand in the repository, or as a chart made them. */
  objects: readonly KubeObject[];
}

const OBJECTS = 'objects.json';

/**
 * What kustomize makes of folders and objects with more fields on top. The values of Secrets among the objects stay in memory:
 * what is written for kustomize has marks in their place.
 * @throws as `overlayFields` and `buildKustomization`
 */
export async function buildOverlay(
  { session, reader }: Parts,
  how: RenderHow,
  use: OverlayUse,
): Promise<{ documents: YamlDocument[]; warnings: Made['warnings'] }> {
  if (use.bases.length + use.objects.length === 0) return { documents: [], warnings: [] };
  const { components: named, ...fields } = overlayFields(
    { ...use.overlay, ...(await inlinePatches({ reader }, use)) },
    use.place,
  );
  const { context } = session;
  await mkdir(context.scratchDir, { recursive: true });
  const folder = await realpath(await mkdtemp(join(context.scratchDir, 'overlay-')));
  const root = await realpath(context.workTree);
  const from = (path: string) => relative(folder, join(root, path)).replaceAll('\\', '/');
  const hidden = hideData(use.objects);
  const components = texts(named).map((path) => posix.join(use.folder, path));
  const kustomization: JsonObject = {
    ...fields,
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    resources: [...use.bases.map(from), ...(use.objects.length > 0 ? [OBJECTS] : [])],
    ...(components.length === 0 ? {} : { components: components.map(from) }),
  };
  try {
    await writeFile(join(folder, 'kustomization.yaml'), JSON.stringify(kustomization));
    const list = { apiVersion: 'v1', kind: 'List', items: hidden.objects };
    await writeFile(join(folder, OBJECTS), writeKubeJson(list), { mode: 0o600 });
    const { text, warnings } = await buildKustomization(session, reader, {
      folder: use.folder,
      folders: [...use.bases, ...components],
      target: folder,
      allowRemoteBases: how.allowRemoteBases,
    });
    const documents = readYamlDocuments(text).map((one) => ({ ...one, value: hidden.restore(one.value) }));
    return { documents, warnings };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Whether a folder is built by kustomize. */
export async function hasKustomization({ reader }: Pick<Parts, 'reader'>, folder: string): Promise<boolean> {
  const entries = (await reader.list(folder)) ?? [];
  return (
    kustomizationFile(entries.flatMap(({ name, kind }) => (kind === 'file' ? [name] : []))) !== undefined
  );
}

/** Patches that are files of the repository, as texts. */
async function inlinePatches(
  { reader }: Pick<Parts, 'reader'>,
  { folder, overlay }: OverlayUse,
): Promise<JsonObject> {
  if (!Array.isArray(overlay['patches'])) return {};
  const patches: JsonValue[] = [];
  for (const patch of overlay['patches']) {
    if (!isJsonObject(patch) || typeof patch['path'] !== 'string') {
      patches.push(patch);
      continue;
    }
    const { path, ...rest } = patch;
    const file = posix.join(folder, path);
    const content = await reader.read(file);
    if (content === undefined)
      throw sourceFault({ file, line: null, summary: 'there is no such patch', detail: '' });
    patches.push({ ...rest, patch: content.toString('utf8') });
  }
  return { patches };
}

/** Objects with marks in place of the values of Secrets, and the way back. */
function hideData(objects: readonly KubeObject[]): {
  objects: KubeObject[];
  restore: (value: JsonValue) => JsonValue;
} {
  const values: JsonValue[] = [];
  const mark = (value: JsonValue) => `plumbline-value-${values.push(value) - 1}`;
  const hide = (object: KubeObject): KubeObject => {
    if (object.kind !== 'Secret' || object.apiVersion !== 'v1') return object;
    const fields = ['data', 'stringData'].flatMap((field) => {
      const data = object[field];
      if (!isJsonObject(data)) return [];
      return [[field, Object.fromEntries(Object.entries(data).map(([key, one]) => [key, mark(one)]))]];
    });
    return { ...object, ...(Object.fromEntries(fields) as JsonObject) };
  };
  const restore = (value: JsonValue): JsonValue => {
    if (typeof value === 'string') {
      const index = /^plumbline-value-(\d+)$/.exec(value)?.[1];
      return index === undefined ? value : (values[Number(index)] ?? value);
    }
    if (Array.isArray(value)) return value.map(restore);
    if (!isJsonObject(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, restore(one)]));
  };
  const hidden = objects.map(hide);
  return { objects: hidden, restore: values.length === 0 ? (value) => value : restore };
}

function texts(value: JsonValue | undefined): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}
