import { posix } from 'node:path';
import type { LayerSettings } from './settings.ts';

/** Where the layers of a repository are, relative to its root. */
export interface Layout {
  /** The folder that holds all three; `.` is the root. */
  home: string;
  clusters: string;
  infrastructure: string;
  apps: string;
  base: string;
}

/** In which layer something is. An app or part that is null: the folder that holds all of them. */
export type Place =
  | { layer: 'cluster'; cluster: string | null }
  | { layer: 'overlay'; environment: string; app: string | null }
  | { layer: 'base'; app: string | null }
  | { layer: 'infrastructure'; part: string | null };

/** Folders deeper than this are not looked at for layers. */
const MAX_DEPTH = 3;

/** Finds the folder that has all three layers, the one nearest to the root; null where there is none. */
export function findLayout(folders: Iterable<string>, settings: LayerSettings): Layout | null {
  const known = new Set(folders);
  const homes = [...known]
    .filter((home) => (home === '.' ? 0 : home.split('/').length) <= MAX_DEPTH)
    .filter((home) =>
      [settings.clusters, settings.infrastructure, settings.apps].every((layer) =>
        known.has(posix.join(home, layer)),
      ),
    )
    .toSorted((a, b) => a.split('/').length - b.split('/').length || (a < b ? -1 : 1));
  const home = homes.includes('.') ? '.' : homes[0];
  if (home === undefined) return null;
  return {
    home,
    clusters: posix.join(home, settings.clusters),
    infrastructure: posix.join(home, settings.infrastructure),
    apps: posix.join(home, settings.apps),
    base: posix.join(home, settings.apps, settings.base),
  };
}

/** The layer of a file or folder; null for what is outside of all of them. */
export function placeIn(layout: Layout, path: string): Place | null {
  const infrastructure = below(layout.infrastructure, path);
  if (infrastructure !== null) return { layer: 'infrastructure', part: infrastructure[0] ?? null };
  const cluster = below(layout.clusters, path);
  if (cluster !== null) return { layer: 'cluster', cluster: cluster[0] ?? null };
  const base = below(layout.base, path);
  if (base !== null) return { layer: 'base', app: folderName(base[0]) };
  const app = below(layout.apps, path);
  if (app === null || app[0] === undefined) return null;
  return { layer: 'overlay', environment: app[0], app: folderName(app[1]) };
}

/** For people: `apps/homelab/redpanda`. */
export function placeName(place: Place): string {
  if (place.layer === 'cluster') return place.cluster === null ? 'the clusters' : `cluster ${place.cluster}`;
  if (place.layer === 'infrastructure') return 'infrastructure';
  if (place.layer === 'base') return place.app === null ? 'the base of apps' : `the base of ${place.app}`;
  return place.app === null ? `the apps of ${place.environment}` : `${place.app} of ${place.environment}`;
}

/** The path's parts below a folder; null when it is elsewhere. */
function below(folder: string, path: string): string[] | null {
  if (path === folder) return [];
  return path.startsWith(`${folder}/`) ? path.slice(folder.length + 1).split('/') : null;
}

/** A file that stands beside the folders of apps belongs to none of them. */
function folderName(name: string | undefined): string | null {
  return name === undefined || /\.(?:ya?ml|json|md)$/i.test(name) ? null : name;
}
