import { posix } from 'node:path';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../domain/json.ts';
import { textOf } from '../../../kube/fields.ts';
import type { FileObject, RepoModel } from './repo-model.ts';
import { placeIn } from './layout.ts';

/** A folder that an object of a cluster has applied: a Flux `Kustomization`, an Argo CD `Application`. */
export interface AppliedPath {
  object: FileObject;
  /** As written. */
  written: string;
  /** Relative to the root; null: there is no such folder. */
  path: string | null;
  line: number;
  /** It may be a folder of another repository, which can't be told from here. */
  mayBeElsewhere?: true;
}

/** A Flux `Kustomization` as another one of its cluster names it. */
export interface FluxNeed {
  name: string;
  /** Empty where files don't say which: any. */
  namespace: string;
}

/** A Flux `Kustomization`. */
export interface FluxKustomization extends AppliedPath {
  /** The cluster in whose folder it stands; null where it stands elsewhere. */
  cluster: string | null;
  name: string;
  dependsOn: (FluxNeed & { line: number })[];
  /** Whether it is ready only when what it applied is. */
  waits: boolean;
}

const FLUX = 'kustomize.toolkit.fluxcd.io';
const ARGO = 'argoproj.io';

export function isFluxKustomization({ group, kind }: FileObject): boolean {
  return group === FLUX && kind === 'Kustomization';
}

/** All Flux `Kustomization`s of a repository. */
export function fluxKustomizations(model: RepoModel): FluxKustomization[] {
  return everyObject(model)
    .filter(isFluxKustomization)
    .map((object) => {
      const spec = isJsonObject(object.value['spec']) ? object.value['spec'] : {};
      const place = placeIn(model.layout, object.file);
      const checks = spec['healthChecks'];
      return {
        ...applied(model, object, textOf(spec, 'path'), ['spec', 'path']),
        ...(isOfBootstrap(spec) ? {} : { mayBeElsewhere: true as const }),
        cluster: place?.layer === 'cluster' ? place.cluster : null,
        name: object.name,
        dependsOn: items(spec['dependsOn']).flatMap((need, index) => {
          const name = isJsonObject(need) ? textOf(need, 'name') : '';
          const namespace = (isJsonObject(need) ? textOf(need, 'namespace') : '') || object.namespace;
          return name === '' ? [] : [{ name, namespace, line: object.lineOf('spec', 'dependsOn', index) }];
        }),
        waits: spec['wait'] === true || (Array.isArray(checks) && checks.length > 0),
      };
    });
}

/** Whether a `Kustomization` is the one that another one needs. */
export function isNeeded({ name, object }: FluxKustomization, need: FluxNeed): boolean {
  const isAny = object.namespace === '' || need.namespace === '';
  return name === need.name && (isAny || object.namespace === need.namespace);
}

/** How a `Kustomization` of this namespace names another one: by its namespace, too, where that is another. */
export function needOf(
  { name, object }: FluxKustomization,
  namespace: string,
): { name: string; namespace?: string } {
  const isOther = ![object.namespace, namespace].includes('') && object.namespace !== namespace;
  return isOther ? { name, namespace: object.namespace } : { name };
}

/** Whether the source is the one that Flux's bootstrap makes of the repository itself. */
function isOfBootstrap({ sourceRef }: JsonObject): boolean {
  return isJsonObject(sourceRef) && textOf(sourceRef, 'name') === 'flux-system';
}

/** The folders that Argo CD's `Application`s have applied; charts of other repositories are left out. */
export function argoPaths(model: RepoModel): AppliedPath[] {
  return everyObject(model)
    .filter(({ group, kind }) => group === ARGO && kind === 'Application')
    .flatMap((object) => {
      const spec = isJsonObject(object.value['spec']) ? object.value['spec'] : {};
      const sources = [
        { source: spec['source'], at: ['spec', 'source'] as (string | number)[] },
        ...items(spec['sources']).map((source, index) => ({ source, at: ['spec', 'sources', index] })),
      ];
      return sources.flatMap(({ source, at }) => {
        const path = isJsonObject(source) ? textOf(source, 'path') : '';
        const found = applied(model, object, path, [...at, 'path']);
        // It may be another repository's, which can't be told from here.
        return path === '' || found.path === null ? [] : [found];
      });
    });
}

export function everyObject({ objects }: RepoModel): FileObject[] {
  return [...objects.values()].flat();
}

function applied(
  model: RepoModel,
  object: FileObject,
  written: string,
  at: (string | number)[],
): AppliedPath {
  return { object, written, path: resolvePath(model, written), line: object.lineOf(...at) };
}

/**
 * The folder that is meant. Paths are the repository's; where only the folder of the layers is looked at, what leads to it is
 * cut off.
 */
function resolvePath({ folders, layout }: RepoModel, written: string): string | null {
  const path = posix.normalize(written === '' ? '.' : written.replace(/^\/+/, '')).replace(/(?<=.)\/+$/, '');
  if (folders.has(path)) return path;
  const parts = path.split('/');
  for (let from = 1; from < parts.length; from += 1) {
    const rest = parts.slice(from).join('/');
    if (placeIn(layout, rest) !== null && folders.has(rest)) return rest;
  }
  return null;
}

function items(value: JsonValue | undefined): JsonValue[] {
  return Array.isArray(value) ? value : [];
}
