import { isJsonObject, type JsonObject, type JsonValue } from '../../../../domain/json.ts';
import { writeKubeJson } from '../../../../kube/exact-numbers.ts';
import { readKustomization } from '../kustomization.ts';
import { sourceFault } from '../source-fault.ts';
import { readYamlDocuments } from '../yaml-documents.ts';

/** Where a definition stands, for people. */
export interface OverlayPlace {
  file: string;
  line: number | null;
}

/** What definitions may lay on top: none of it names anything to read or to fetch, but for components, which are judged apart. */
const ALLOWED = [
  'namePrefix',
  'nameSuffix',
  'namespace',
  'patches',
  'patchesStrategicMerge',
  'patchesJson6902',
  'images',
  'replicas',
  'labels',
  'commonLabels',
  'commonAnnotations',
  'components',
];

/**
 * The fields of an overlay, as kustomize may have them: patches stand in the definition itself.
 * @throws PlumblineError `config_invalid` for a field that is none of an overlay, and for whatever kustomize would read or fetch
 */
export function overlayFields(overlay: JsonObject, place: OverlayPlace): JsonObject {
  const other = Object.keys(overlay).find((field) => !ALLOWED.includes(field));
  if (other !== undefined)
    throw sourceFault({
      ...place,
      summary: `the kustomize field ${other} can't be laid over a stack by its definition`,
      detail: `Put it into a kustomization.yaml of the repository. Here there may be ${ALLOWED.join(', ')}.`,
    });
  const { patchesStrategicMerge, patchesJson6902, ...rest } = overlay;
  const fields: JsonObject = {
    ...rest,
    ...(Array.isArray(patchesStrategicMerge)
      ? { patchesStrategicMerge: patchesStrategicMerge.flatMap((patch) => mergePatches(patch, place)) }
      : {}),
    ...(Array.isArray(patchesJson6902) ? { patchesJson6902: patchesJson6902.map(jsonPatch) } : {}),
  };
  requireInline(fields, place);
  return fields;
}

/** Written anew as JSON, which kustomize can't take for a path or a URL. */
function mergePatches(patch: JsonValue, place: OverlayPlace): string[] {
  const documents = typeof patch === 'string' ? readYamlDocuments(patch) : [{ value: patch, faults: [] }];
  return documents.map(({ value, faults }) => {
    if (faults.length > 0 || !isJsonObject(value))
      throw notInline(place, typeof patch === 'string' ? patch : JSON.stringify(patch));
    return writeKubeJson(value);
  });
}

/** Flux has operations as a list where kustomize wants a text. */
function jsonPatch(patch: JsonValue): JsonValue {
  if (!isJsonObject(patch) || !Array.isArray(patch['patch'])) return patch;
  return { ...patch, patch: writeKubeJson(patch['patch']) };
}

/** Judges the fields as those of a kustomization of the repository; what they name is refused, wherever it is. */
function requireInline(fields: JsonObject, place: OverlayPlace): void {
  const read = readKustomization({
    value: { ...fields, components: [] },
    at: () => ({ line: 1, source: '' }),
  });
  const named = [...read.references.map(({ target }) => target), ...read.misspelt.map(({ text }) => text)][0];
  if (named !== undefined) throw notInline(place, named);
}

function notInline(place: OverlayPlace, named: string): Error {
  return sourceFault({
    ...place,
    summary: `${named} can't be a patch of this definition`,
    detail: 'Such a patch stands in the definition itself: write what it says in place of its path or URL.',
  });
}
