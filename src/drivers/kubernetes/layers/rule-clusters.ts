import { posix } from 'node:path';
import {
  everyObject,
  isFluxKustomization,
  isNeeded,
  needOf,
  type FluxKustomization,
} from './applied-paths.ts';
import { builtObjects } from './built-objects.ts';
import type { Found } from './finding.ts';
import { placeIn, type Layout } from './layout.ts';
import type { FileObject, RepoModel } from './repo-model.ts';
import { clusterNames } from './rule-references.ts';

const WORKLOADS = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'HelmRelease']);
/** What says where things come from and what is applied, and values for that. */
const OF_CLUSTERS = /(?:^|\.)(?:fluxcd\.io|argoproj\.io)$/;
const VALUES = new Set(['ConfigMap', 'Secret', 'SealedSecret']);

/** Apps come after all that applies infrastructure, directly or by way of others. */
export function checkInfrastructureFirst(
  { layout }: RepoModel,
  kustomizations: readonly FluxKustomization[],
): Found[] {
  return kustomizations.flatMap((app) => {
    if (app.path === null || app.cluster === null || !isApp(placeIn(layout, app.path)?.layer)) return [];
    const needed = unawaited(layout, app, kustomizations);
    if (needed.length === 0) return [];
    const entries = needed.map((one) => {
      const { name, namespace } = needOf(one, app.object.namespace);
      return namespace === undefined ? `{ name: ${name} }` : `{ name: ${name}, namespace: ${namespace} }`;
    });
    return [
      {
        file: app.object.file,
        line: app.object.line,
        message: `${app.name} of ${app.cluster} does not wait for ${needed.map(({ name }) => name).join(', ')}.`,
        fix: `Add to its spec.dependsOn: ${entries.join(', ')}.`,
      },
    ];
  });
}

/** The Kustomizations of infrastructure that one has to wait for and doesn't, without those that others of them wait for. */
export function unawaited(
  layout: Layout,
  one: Pick<FluxKustomization, 'cluster' | 'dependsOn'>,
  kustomizations: readonly FluxKustomization[],
): FluxKustomization[] {
  const own = kustomizations.filter(({ cluster }) => cluster === one.cluster);
  const reached = needsOf(one, own);
  const missing = own.filter(
    (each) =>
      each.path !== null && placeIn(layout, each.path)?.layer === 'infrastructure' && !reached.has(each),
  );
  return missing.filter((each) => !missing.some((other) => other !== each && needsOf(other, own).has(each)));
}

/** What applies workloads of infrastructure is ready only once they are. */
export function checkInfrastructureWait(
  model: RepoModel,
  kustomizations: readonly FluxKustomization[],
): Found[] {
  return kustomizations.flatMap(({ path, waits, name, object }) => {
    if (path === null || waits || placeIn(model.layout, path)?.layer !== 'infrastructure') return [];
    const workload = builtObjects(model, path).find(({ object: { kind } }) => WORKLOADS.has(kind));
    if (workload === undefined) return [];
    const what = `${workload.object.kind} ${workload.object.name}`;
    return [
      {
        file: object.file,
        line: object.line,
        message: `${name} is ready as soon as it is applied, whether ${what} runs or not: apps would start too early.`,
        fix: 'Add wait: true or healthChecks to its spec.',
      },
    ];
  });
}

/** One cluster is one set: each applies something, nothing twice, and nobody else does. */
export function checkClusterSets(model: RepoModel, kustomizations: readonly FluxKustomization[]): Found[] {
  const { layout } = model;
  const outside = kustomizations
    .filter(({ cluster }) => cluster === null)
    .map(({ name, object: { file, line } }): Found => {
      const message = `The Kustomization ${name} stands outside of ${layout.clusters}.`;
      return { file, line, message, fix: 'Move it into the folder of the cluster that it is for.' };
    });
  const empty = [...clusterNames(model)].flatMap((cluster) => emptyCluster(model, cluster));
  return [...outside, ...empty, ...twice(kustomizations)];
}

/** The folder of a cluster says what is applied, and holds nothing that would be. */
export function checkClusterManifests(model: RepoModel): Found[] {
  return everyObject(model).flatMap((object) => {
    const { file, line, group, kind, name } = object;
    if (placeIn(model.layout, file)?.layer !== 'cluster' || isOfClusters(object)) return [];
    if (file.includes('/flux-system/')) return [];
    const what = group === '' ? kind : `${kind}.${group}`;
    return [
      {
        file,
        line,
        message: `${what} ${name} stands in the folder of a cluster.`,
        fix: `Move it to ${model.layout.apps} or ${model.layout.infrastructure}, and refer to it from here.`,
      },
    ];
  });
}

function isApp(layer: string | undefined): boolean {
  return layer === 'overlay' || layer === 'base';
}

/** All that one waits for. */
function needsOf(
  { dependsOn }: Pick<FluxKustomization, 'dependsOn'>,
  own: readonly FluxKustomization[],
): ReadonlySet<FluxKustomization> {
  const found = new Set<FluxKustomization>();
  const open = [...dependsOn];
  for (let need = open.pop(); need !== undefined; need = open.pop()) {
    for (const other of own) {
      if (found.has(other) || !isNeeded(other, need)) continue;
      found.add(other);
      open.push(...other.dependsOn);
    }
  }
  return found;
}

function isOfClusters({ group, kind }: FileObject): boolean {
  return OF_CLUSTERS.test(group) || VALUES.has(kind);
}

function emptyCluster(model: RepoModel, cluster: string): Found[] {
  const folder = posix.join(model.layout.clusters, cluster);
  const isWithin = (path: string) => path === folder || path.startsWith(`${folder}/`);
  const refers =
    [...model.kustomizations].some(
      ([path, { references }]) => isWithin(path) && references.some(({ target }) => target.startsWith('..')),
    ) ||
    everyObject(model).some(
      (object) => isWithin(object.file) && (isFluxKustomization(object) || object.group === 'argoproj.io'),
    );
  if (refers) return [];
  const file = [...model.files.keys()].find((path) => path.startsWith(`${folder}/`)) ?? folder;
  const message = `The cluster ${cluster} has no Kustomization: nothing is applied to it.`;
  return [{ file, line: 1, message, fix: 'Add Kustomizations for infrastructure and apps, or remove it.' }];
}

function twice(kustomizations: readonly FluxKustomization[]): Found[] {
  return kustomizations.flatMap((one, index) => {
    const before = kustomizations.slice(0, index).filter(({ cluster }) => cluster === one.cluster);
    const { file, line } = one.object;
    const named = before.find(
      ({ name, object }) => name === one.name && object.namespace === one.object.namespace,
    );
    if (named !== undefined)
      return [
        {
          file,
          line,
          message: `There are two Kustomizations ${one.name}: the other one is in ${named.object.file}, line ${named.object.line}.`,
          fix: 'Give one of them another name, or remove it.',
        },
      ];
    const same = before.find(({ path }) => path !== null && path === one.path);
    if (same === undefined) return [];
    return [
      {
        file,
        line: one.line,
        message: `${one.name} applies ${one.written}, which ${same.name} applies already: each would take the other's objects.`,
        fix: 'Keep one of them.',
      },
    ];
  });
}
