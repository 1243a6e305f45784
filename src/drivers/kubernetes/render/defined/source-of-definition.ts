import { posix } from 'node:path';
import { matchesPathGlob } from '../../../../domain/glob.ts';
import type { DefinedSource } from '../../definitions/stack-definition.ts';
import { kustomizationFile } from '../kustomization.ts';
import { readDirectory, type FileChoice, type RenderedFiles } from '../manifests.ts';
import {
  chooseKind,
  fromProgram,
  joined,
  renderSource,
  requireFolder,
  type Parts,
  type RenderHow,
} from '../render-source.ts';
import { buildOverlay, hasKustomization } from './overlay.ts';
import type { OverlayPlace } from './overlay-fields.ts';

/** The objects of a folder as Flux builds it: by its kustomization, else all that lies in it and below, with what is on top. */
export async function renderFluxFolder(
  parts: Parts,
  how: RenderHow,
  { folder, overlay }: DefinedSource,
  place: OverlayPlace,
): Promise<RenderedFiles> {
  const { reader, decryption } = parts;
  await requireFolder(reader, folder);
  const isKustomized = await hasKustomization(parts, folder);
  const bases = isKustomized ? [folder] : await kustomizedBelow(parts, folder);
  const isBase = new Set(bases);
  const choice: FileChoice = { folder: (path) => !isBase.has(path), file: (path) => /\.ya?ml$/i.test(path) };
  if (overlay === null) {
    const plain = isKustomized ? NOTHING : await readDirectory(reader, folder, decryption.file, choice);
    const built: RenderedFiles[] = [];
    const options = { ...how.options, source: 'kustomize' as const };
    for (const base of bases) built.push(await renderSource(parts, how, { folder: base, options }));
    return joined([plain, ...built]);
  }
  // What SOPS has encrypted is decrypted once it is built.
  const plain = isKustomized ? NOTHING : await readDirectory(reader, folder, async () => undefined, choice);
  const objects = plain.objects.map(({ object }) => object);
  const built = await buildOverlay(parts, how, { folder, overlay, place, bases, objects });
  const made = await fromProgram(decryption, folder, built.documents, built.warnings);
  return joined([{ ...plain, objects: [] }, made]);
}

/** The objects of one source of an Application. */
export async function renderArgoSource(
  parts: Parts,
  how: RenderHow,
  source: DefinedSource,
  place: OverlayPlace,
): Promise<RenderedFiles> {
  const { reader, decryption } = parts;
  const { folder, overlay, files } = source;
  const options = {
    ...how.options,
    source: source.kind,
    helm: source.helm ?? how.options.helm,
    jsonnet: source.jsonnet ?? how.options.jsonnet,
  };
  await requireFolder(reader, folder);
  const kind = await chooseKind(reader, folder, options);
  if (kind === 'kustomize' && overlay !== null) {
    const built = await buildOverlay(parts, how, { folder, overlay, place, bases: [folder], objects: [] });
    return await fromProgram(decryption, folder, built.documents, built.warnings);
  }
  if (kind !== 'directory') return await renderSource(parts, how, { folder, options });
  return await readDirectory(reader, folder, decryption.file, {
    folder: () => files?.recurse === true,
    file: (path) => {
      const name = posix.relative(folder, path);
      const { include = null, exclude = null } = files ?? {};
      const isExcluded = exclude !== null && matchesEither(exclude, name);
      return !isExcluded && (include === null || matchesEither(include, name));
    },
  });
}

const NOTHING: RenderedFiles = { objects: [], problems: [], warnings: [] };

/** In Argo CD’s globs a `*` crosses folders. */
function matchesEither(glob: string, name: string): boolean {
  return matchesPathGlob(glob, name) || (!glob.includes('/') && matchesPathGlob(glob, posix.basename(name)));
}

/** Folders below that have a kustomization of their own, none inside of another one. */
async function kustomizedBelow({ reader }: Pick<Parts, 'reader'>, folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const { name, kind } of (await reader.list(folder)) ?? []) {
    if (kind !== 'folder' || name.startsWith('.')) continue;
    const path = posix.join(folder, name);
    const names = ((await reader.list(path)) ?? []).flatMap((entry) =>
      entry.kind === 'file' ? [entry.name] : [],
    );
    if (kustomizationFile(names) !== undefined) found.push(path);
    else found.push(...(await kustomizedBelow({ reader }, path)));
  }
  return found;
}
