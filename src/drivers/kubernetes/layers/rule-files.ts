import { posix } from 'node:path';
import { kustomizationFile } from '../render/kustomization.ts';
import type { Found } from './finding.ts';
import { placeIn } from './layout.ts';
import type { RepoModel } from './repo-model.ts';
import { isManifestFile } from './repo-model.ts';

/** Shorter manifests look alike whatever they are. */
const MIN_LINES = 10;
/** So many of them are compared with each other in a moment. */
const MAX_COMPARED = 2_000;
/** What tools write is as long as it is. */
const GENERATED = new Set(['gotk-components.yaml', 'kustomization.yaml']);

/** Files of manifests that are longer than people read. Definitions of kinds come from elsewhere, and are. */
export function checkGiants(model: RepoModel, maxLines: number): Found[] {
  return [...model.objects].flatMap(([file, objects]): Found[] => {
    const text = model.files.get(file) ?? '';
    const lines = text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
    if (lines <= maxLines || objects.length === 0 || placeIn(model.layout, file) === null) return [];
    if (GENERATED.has(posix.basename(file))) return [];
    if (objects.every(({ kind }) => kind === 'CustomResourceDefinition')) return [];
    return [
      {
        file,
        line: maxLines + 1,
        message: `${lines} lines with ${objects.length} ${objects.length === 1 ? 'object' : 'objects'}; the limit is ${maxLines}.`,
        fix:
          objects.length === 1
            ? 'Generate it, or take what is data out of it (configMapGenerator).'
            : 'Give each object a file of its own, named in the kustomization.',
      },
    ];
  });
}

/** Manifests that an environment has copied from another one, or from the base, with how much of them is the same. */
export function checkCopies(model: RepoModel, similarPercent: number): Found[] {
  const manifests = [...model.objects.keys()].flatMap((file) => comparable(model, file) ?? []);
  if (manifests.length > MAX_COMPARED) return [];
  return manifests.flatMap((one, index): Found[] => {
    const [most] = manifests
      .filter(
        (other, at) => other.environment !== one.environment && (other.environment === null || at < index),
      )
      .map((other) => ({ other, percent: similarity(one, other) }))
      .filter(({ percent }) => percent >= similarPercent)
      .toSorted((a, b) => b.percent - a.percent);
    if (one.environment === null || most === undefined) return [];
    return [
      {
        file: one.file,
        line: 1,
        message: `${most.percent} % of it is the same as ${most.other.file}.`,
        fix: `Keep what both have in ${model.layout.base}/${one.app ?? '<app>'}, and only the difference as a patch here.`,
      },
    ];
  });
}

interface Manifest {
  file: string;
  app: string | null;
  /** null: the base. */
  environment: string | null;
  /** How often each line is there. */
  lines: ReadonlyMap<string, number>;
  count: number;
}

function comparable(model: RepoModel, file: string): Manifest | null {
  const place = placeIn(model.layout, file);
  if (place === null || (place.layer !== 'overlay' && place.layer !== 'base')) return null;
  if (!isManifestFile(file) || kustomizationFile([posix.basename(file)]) !== undefined) return null;
  const lines = new Map<string, number>();
  let count = 0;
  for (const raw of (model.files.get(file) ?? '').split('\n')) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    lines.set(line, (lines.get(line) ?? 0) + 1);
    count += 1;
  }
  if (count < MIN_LINES) return null;
  const environment = place.layer === 'overlay' ? place.environment : null;
  return { file, app: place.app, environment, lines, count };
}

/** Equal lines as a share of all, in percent (Sørensen–Dice), whatever their order. */
function similarity(a: Manifest, b: Manifest): number {
  // Equal lines can't be more than the shorter one has.
  if ((200 * Math.min(a.count, b.count)) / (a.count + b.count) < 50) return 0;
  let same = 0;
  for (const [line, count] of a.lines) same += Math.min(count, b.lines.get(line) ?? 0);
  return Math.floor((200 * same) / (a.count + b.count));
}
