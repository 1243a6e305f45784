import { posix } from 'node:path';
import { objectOf, textOf } from '../../../../kube/fields.ts';
import { fluxKustomizations, needOf, type FluxKustomization } from '../applied-paths.ts';
import { placeIn, type Layout } from '../layout.ts';
import { readModel } from '../repo-model.ts';
import { unawaited } from '../rule-clusters.ts';
import type { Draft } from './change.ts';
import { addToList, withMore } from './edit-yaml.ts';
import { fluxText, kustomizationText, type FluxText } from './manifests.ts';

const FLUX = { kind: 'Kustomization' };

/** The Flux `Kustomization`s of a draft, as it is by now. */
export function fluxOf(draft: Draft, layout: Layout): FluxKustomization[] {
  return fluxKustomizations(readModel(draft.files(), layout));
}

/** Lets a cluster apply a folder: as its other entries do, in `file` of the cluster's folder where there are none. */
export function registerFolder(
  draft: Draft,
  layout: Layout,
  at: { cluster: string; folder: string; name: string; file: string; wait?: boolean },
): void {
  const { cluster, folder, name, file, wait } = at;
  const home = posix.join(layout.clusters, cluster);
  const own = fluxOf(draft, layout).filter((one) => one.cluster === cluster);
  if (own.some(({ path }) => path === folder)) return;
  if (own.length === 0 && draft.read(`${home}/kustomization.yaml`) !== undefined) {
    addResource(draft, home, posix.relative(home, folder));
    return;
  }
  const like = likeOthers(own, fluxOf(draft, layout), folder);
  const isApp = placeIn(layout, folder)?.layer !== 'infrastructure';
  const needed = isApp ? unawaited(layout, { cluster, dependsOn: [] }, own) : [];
  const dependsOn = needed.map((one) => needOf(one, like.namespace));
  const text = fluxText({ ...like, name, dependsOn, ...(wait === true ? { wait } : {}) });
  const path = `${home}/${file}`;
  draft.write(path, withMore(draft.read(path), text));
  if (draft.read(`${home}/kustomization.yaml`) !== undefined) addResource(draft, home, file);
}

/** Lets all apps of all clusters wait for their cluster's infrastructure, where they don't. */
export function letAppsWait(draft: Draft, layout: Layout): void {
  for (const { cluster, path, name, object } of fluxOf(draft, layout)) {
    const layer = path === null ? undefined : placeIn(layout, path)?.layer;
    if (cluster === null || (layer !== 'overlay' && layer !== 'base')) continue;
    const all = fluxOf(draft, layout);
    const now = all.find((one) => one.name === name && one.cluster === cluster)!;
    const needs = unawaited(layout, now, all).map((need) => needOf(need, object.namespace));
    const text = draft.read(object.file)!;
    draft.write(object.file, addToList(text, { ...FLUX, name }, ['spec', 'dependsOn'], needs));
  }
}

/** Names a resource in a folder's kustomization file, which is made where there is none. */
export function addResource(draft: Draft, folder: string, resource: string): void {
  const path = `${folder}/kustomization.yaml`;
  const text = draft.read(path);
  draft.write(
    path,
    text === undefined ? kustomizationText([resource]) : addToList(text, FLUX, ['resources'], [resource]),
  );
}

/** How the cluster's other entries, or else another cluster's, say where things come from and how paths are written. */
function likeOthers(
  own: readonly FluxKustomization[],
  all: readonly FluxKustomization[],
  folder: string,
): Omit<FluxText, 'name' | 'dependsOn'> {
  const like = [...own, ...all].find(({ path, name }) => path !== null && name !== 'flux-system');
  if (like === undefined)
    return { namespace: 'flux-system', source: 'flux-system', interval: '10m', path: `./${folder}` };
  const spec = objectOf(like.object.value, 'spec');
  const lead = like.written.replace(/\/+$/, '').slice(0, -like.path!.length);
  return {
    namespace: like.object.namespace || 'flux-system',
    source: textOf(objectOf(spec, 'sourceRef'), 'name') || 'flux-system',
    interval: textOf(spec, 'interval') || '10m',
    path: `${lead}${folder}`,
  };
}
