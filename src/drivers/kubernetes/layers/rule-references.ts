import { posix } from 'node:path';
import { isRemote } from '../render/kustomization.ts';
import { isNeeded, type AppliedPath, type FluxKustomization } from './applied-paths.ts';
import type { Found, LayerRule } from './finding.ts';
import { placeIn, placeName, type Place } from './layout.ts';
import type { RepoModel } from './repo-model.ts';

/** A reference from one layer to another. */
interface Link {
  file: string;
  line: number;
  /** As written. */
  target: string;
  from: Place;
  to: Place;
}

const FIXES = {
  cluster: 'A cluster may name apps and infrastructure, and what is in its own folder.',
  overlay: 'An app’s overlay may name its own base, its own folder and infrastructure.',
  base: 'A base stands alone: put what it needs from others into the overlay, or let the cluster say dependsOn.',
  infrastructure: 'Infrastructure stands alone: move what both need into it.',
} as const satisfies Record<Place['layer'], string>;

/** `layer-direction`, `cross-cluster` and `missing-path`, of references by path. */
export function checkReferences(model: RepoModel, applied: readonly AppliedPath[]): [LayerRule, Found][] {
  const clusters = clusterNames(model);
  const judged = [...kustomizeLinks(model), ...appliedLinks(model, applied)].map((link) =>
    judge(link, clusters),
  );
  return [...judged.flatMap((found) => (found === null ? [] : [found])), ...missing(applied)];
}

/** `cross-cluster` and `missing-path`, of what a Kustomization says it depends on. */
export function checkDependencies(kustomizations: readonly FluxKustomization[]): [LayerRule, Found][] {
  return kustomizations.flatMap(({ cluster, name, dependsOn, object: { file } }) =>
    dependsOn.flatMap((need): [LayerRule, Found][] => {
      const named = kustomizations.filter((other) => isNeeded(other, need));
      if (cluster === null || named.some((other) => other.cluster === cluster)) return [];
      const [elsewhere] = named;
      const at = { file, line: need.line };
      if (elsewhere === undefined) {
        const otherwise = kustomizations.find((other) => other.name === need.name);
        const within = otherwise === undefined ? '' : ` in the namespace ${need.namespace}`;
        const message = `${name} depends on ${need.name}, which this repository does not have${within}.`;
        const fix =
          otherwise === undefined
            ? 'Correct the name, or add the Kustomization.'
            : `Correct the namespace: there is one in ${otherwise.object.namespace}.`;
        return [['missing-path', { ...at, message, fix }]];
      }
      const message = `${name} of ${cluster} depends on ${need.name}, which only ${elsewhere.cluster ?? 'another folder'} has.`;
      return [['cross-cluster', { ...at, message, fix: 'Give this cluster a Kustomization of its own.' }]];
    }),
  );
}

/** The clusters that a repository has. */
export function clusterNames({ layout, folders }: Pick<RepoModel, 'layout' | 'folders'>): Set<string> {
  const names = [...folders].flatMap((folder) =>
    posix.dirname(folder) === layout.clusters && folder !== layout.clusters ? [posix.basename(folder)] : [],
  );
  return new Set(names);
}

function kustomizeLinks({ kustomizations, layout, folders, files }: RepoModel): Link[] {
  return [...kustomizations].flatMap(([folder, { file, references }]) =>
    references.flatMap(({ target, line }) => {
      const path = posix.join(folder, target.replace(/(?<=.)\/+$/, ''));
      if (isRemote(target) && !folders.has(path) && !files.has(path)) return [];
      const [from, to] = [placeIn(layout, file), placeIn(layout, path)];
      return from === null || to === null ? [] : [{ file, line, target, from, to }];
    }),
  );
}

function appliedLinks({ layout }: RepoModel, applied: readonly AppliedPath[]): Link[] {
  return applied.flatMap(({ object, written, path, line }) => {
    const from = placeIn(layout, object.file);
    const to = path === null ? null : placeIn(layout, path);
    return from === null || to === null ? [] : [{ file: object.file, line, target: written, from, to }];
  });
}

function judge(link: Link, clusters: ReadonlySet<string>): [LayerRule, Found] | null {
  const { from, to, file, line, target } = link;
  const others = otherCluster(from, to, clusters);
  if (others !== null)
    return [
      'cross-cluster',
      {
        file,
        line,
        message: `${placeName(from)} refers to ${target}, which belongs to ${others}.`,
        fix: `Share what both need through a base or infrastructure, or copy it into ${placeName(from)}.`,
      },
    ];
  if (isAllowed(from, to)) return null;
  const message = `${placeName(from)} refers to ${target}, which is of ${placeName(to)}.`;
  return ['layer-direction', { file, line, message, fix: FIXES[from.layer] }];
}

/** The cluster to which the target belongs, when that is another one than the source's. */
function otherCluster(from: Place, to: Place, clusters: ReadonlySet<string>): string | null {
  const mine = clusterOf(from);
  const theirs = clusterOf(to);
  if (mine === null || theirs === null || mine === theirs) return null;
  // An overlay may serve several clusters; one that is called as a cluster is that cluster's.
  return to.layer === 'overlay' && from.layer === 'cluster' && !clusters.has(theirs) ? null : theirs;
}

function clusterOf(place: Place): string | null {
  if (place.layer === 'cluster') return place.cluster;
  return place.layer === 'overlay' ? place.environment : null;
}

function isAllowed(from: Place, to: Place): boolean {
  if (from.layer === 'cluster') return true;
  if (from.layer === 'infrastructure') return to.layer === 'infrastructure';
  if (from.layer === 'base') return to.layer === 'base' && (from.app === null || from.app === to.app);
  if (to.layer === 'infrastructure') return true;
  if (to.layer === 'cluster') return false;
  return from.app === null || to.app === from.app;
}

function missing(applied: readonly AppliedPath[]): [LayerRule, Found][] {
  return applied.flatMap(({ object, written, path, line, mayBeElsewhere }): [LayerRule, Found][] => {
    if (path !== null || mayBeElsewhere) return [];
    const message = `${object.name} applies ${written}, which is not there.`;
    return [
      ['missing-path', { file: object.file, line, message, fix: 'Correct the path, or add the folder.' }],
    ];
  });
}
