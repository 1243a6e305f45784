import { objectAddress, objectId } from '../../../../kube/object.ts';
import type { StackDefinition } from '../../definitions/stack-definition.ts';
import type { Rendered, WantedObject } from '../../rendered.ts';
import type { RenderedFiles } from '../manifests.ts';
import { joined, type Parts, type RenderHow } from '../render-source.ts';
import { finishFlux } from './flux-build.ts';
import { renderReleases } from './flux-release.ts';
import { withoutOwnKinds } from './own-kinds.ts';
import { renderArgoSource, renderFluxFolder } from './source-of-definition.ts';

/** What a definition's objects come to, with what only definitions say. */
export type DefinedObjects = RenderedFiles & Pick<Rendered, 'ignoreDifferences' | 'keepsAll'>;

/** The objects of a stack that a definition of Flux or Argo CD makes. @throws as `render` */
export async function renderDefined(
  parts: Parts,
  how: RenderHow,
  definition: StackDefinition,
): Promise<DefinedObjects> {
  // A definition that changes may change what is made of the same folder.
  await parts.reader.read(definition.file);
  const place = { file: definition.file, line: definition.line };
  if (definition.tool === 'argo_cd') {
    const made: RenderedFiles[] = [];
    for (const source of definition.sources) made.push(await renderArgoSource(parts, how, source, place));
    return withoutOwnKinds(lastWins(joined(made)), 'argo_cd');
  }
  const built: RenderedFiles[] = [];
  for (const source of definition.sources) built.push(await renderFluxFolder(parts, how, source, place));
  const finished = await finishFlux(parts, definition, joined(built));
  const { released, ignoreDifferences, keepsAll } = await renderReleases(parts, how, definition, finished);
  return { ...withoutOwnKinds(joined([finished, released]), 'flux'), ignoreDifferences, keepsAll };
}

/** Of an object that several sources have, the last one counts, as in Argo CD. */
function lastWins(rendered: RenderedFiles): RenderedFiles {
  const byAddress = new Map<string, WantedObject>();
  const repeated = new Set<string>();
  for (const wanted of rendered.objects) {
    const address = objectAddress(objectId(wanted.object));
    if (byAddress.has(address)) repeated.add(address);
    byAddress.set(address, wanted);
  }
  return {
    ...rendered,
    objects: [...byAddress.values()],
    warnings: [
      ...rendered.warnings,
      ...[...repeated].map((address) => `${address} is in several sources; the last of them counts.`),
    ],
  };
}
