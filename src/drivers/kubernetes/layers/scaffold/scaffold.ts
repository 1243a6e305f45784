import { posix } from 'node:path';
import { PlumblineError } from '../../../../util/errors.ts';
import { findLayout, placeIn, type Layout } from '../layout.ts';
import { foldersOf } from '../repo-model.ts';
import { clusterNames } from '../rule-references.ts';
import type { LayerSettings } from '../settings.ts';
import { createDraft, type Draft, type Scaffold } from './change.ts';
import { deploymentText, kustomizationText, namespaceText } from './manifests.ts';
import { addResource, fluxOf, letAppsWait, registerFolder } from './register.ts';

/** What is to be added to a repository in layers. */
export interface ScaffoldRequest {
  what: 'app' | 'environment' | 'infrastructure';
  name: string;
  /** Of the workload to begin with; null: a name that has to be replaced. */
  image: string | null;
  /** Environments that get the app; null: all of them. */
  environments: readonly string[] | null;
  /** The cluster that a new environment is made after; null: the first one. */
  from: string | null;
}

const NAME = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * Adds an app, an environment or a part of infrastructure to a repository in layers. Nothing that is there is replaced; lists
 * that things are registered in get one more item, with their comments kept.
 * @throws PlumblineError `usage` for a name that is none or is taken, and a repository of another shape
 */
export function scaffold(
  files: ReadonlyMap<string, string>,
  settings: LayerSettings,
  request: ScaffoldRequest,
): Scaffold {
  if (!NAME.test(request.name))
    throw usage(`"${request.name}" is no name: use a-z, 0-9 and -, 63 characters at most.`);
  const layout = findLayout(foldersOf(files.keys()), settings);
  if (layout === null) {
    const { clusters, infrastructure, apps } = settings;
    throw usage(
      `No folder has all of ${clusters}, ${infrastructure} and ${apps}: there is nothing to add to.`,
    );
  }
  const draft = createDraft(files);
  const next = MAKERS[request.what](draft, layout, request);
  return { changes: draft.changes(), next };
}

const MAKERS = { app: newApp, environment: newEnvironment, infrastructure: newInfrastructure } as const;

function newApp(draft: Draft, layout: Layout, { name, image, environments }: ScaffoldRequest): string[] {
  const known = environmentsOf(draft, layout);
  const wanted = environments ?? known;
  const unknown = wanted.filter((environment) => !known.includes(environment));
  if (unknown.length > 0)
    throw usage(`There is no environment ${unknown.join(', ')}. There are: ${known.join(', ') || 'none'}.`);
  workload(draft, posix.join(layout.base, name), name, image);
  for (const environment of wanted) {
    const folder = posix.join(layout.apps, environment, name);
    draft.create(
      `${folder}/kustomization.yaml`,
      kustomizationText([posix.relative(folder, `${layout.base}/${name}`)]),
    );
    registerApp(draft, layout, environment, name);
  }
  return [
    ...imageHint(image, `${layout.base}/${name}/deployment.yaml`),
    'Commit and push; the next sync brings it.',
  ];
}

/** By way of the list of the environment's apps where there is one, else in each cluster that has the environment. */
function registerApp(draft: Draft, layout: Layout, environment: string, name: string): void {
  const all = posix.join(layout.apps, environment);
  if (draft.read(`${all}/kustomization.yaml`) !== undefined) return addResource(draft, all, name);
  const folder = posix.join(all, name);
  for (const cluster of clustersOf(draft, layout, environment))
    registerFolder(draft, layout, { cluster, folder, name, file: 'apps.yaml' });
}

function newInfrastructure(draft: Draft, layout: Layout, { name, image }: ScaffoldRequest): string[] {
  const controllers = posix.join(layout.infrastructure, 'controllers');
  const folder = posix.join(controllers, name);
  workload(draft, folder, name, image);
  const all = `${controllers}/kustomization.yaml`;
  // Without it, Flux applies all that is in the folder.
  if (draft.read(all) !== undefined) addResource(draft, controllers, name);
  for (const cluster of clusterNames({ layout, folders: foldersOf(draft.files().keys()) })) {
    const at = { cluster, folder: controllers, name: 'infrastructure-controllers' };
    registerFolder(draft, layout, { ...at, file: 'infrastructure.yaml', wait: true });
  }
  letAppsWait(draft, layout);
  return [...imageHint(image, `${folder}/deployment.yaml`), 'Commit and push; apps wait for it.'];
}

function newEnvironment(draft: Draft, layout: Layout, { name, from }: ScaffoldRequest): string[] {
  const clusters = [...clusterNames({ layout, folders: foldersOf(draft.files().keys()) })].toSorted();
  const like = from ?? clusters[0];
  if (like === undefined || !clusters.includes(like))
    throw usage(
      `There is no cluster ${like ?? ''} to make one after. There are: ${clusters.join(', ') || 'none'}.`,
    );
  const home = posix.join(layout.clusters, name);
  if (clusters.includes(name) || environmentsOf(draft, layout).includes(name))
    throw usage(`${name} is there already, and nothing is ever overwritten. Choose another name.`);
  const theirs = `${layout.clusters}/${like}/`;
  for (const [path, text] of draft.files()) {
    // Flux writes this folder itself.
    if (!path.startsWith(theirs) || path.startsWith(`${theirs}flux-system/`)) continue;
    draft.create(`${home}/${path.slice(theirs.length)}`, renamed(text, like, name));
  }
  const apps = posix.join(layout.apps, like);
  const list = draft.read(`${apps}/kustomization.yaml`);
  if (list !== undefined) draft.create(`${layout.apps}/${name}/kustomization.yaml`, list);
  for (const app of appsOf(draft, layout, like)) {
    const folder = posix.join(layout.apps, name, app);
    const base = posix.relative(folder, `${layout.base}/${app}`);
    draft.create(`${folder}/kustomization.yaml`, kustomizationText([base]));
  }
  return [
    `Values that ${home} has from ${like} (addresses, substitutes) may have to be others.`,
    `Bootstrap Flux at ${home}, or give Plumbline a cluster "${name}" (drivers.kubernetes.clusters).`,
  ];
}

/** Paths of the environment and of the cluster are the new one's; everything else stays. */
function renamed(text: string, from: string, to: string): string {
  const escaped = from.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  return text.replaceAll(new RegExp(`((?:^|[\\s"'/.])(?:[\\w.-]+/)+)${escaped}(?=[/\\s"'])`, 'g'), `$1${to}`);
}

function workload(draft: Draft, folder: string, name: string, image: string | null): void {
  draft.create(
    `${folder}/kustomization.yaml`,
    kustomizationText(['namespace.yaml', 'deployment.yaml'], name),
  );
  draft.create(`${folder}/namespace.yaml`, namespaceText(name));
  draft.create(
    `${folder}/deployment.yaml`,
    deploymentText(name, image ?? `registry.example.com/${name}:0.1.0`),
  );
}

function environmentsOf(draft: Draft, layout: Layout): string[] {
  const names = [...foldersOf(draft.files().keys())].flatMap((folder) => {
    const place = placeIn(layout, folder);
    return place?.layer === 'overlay' ? [place.environment] : [];
  });
  return [...new Set(names)].toSorted();
}

function appsOf(draft: Draft, layout: Layout, environment: string): string[] {
  const names = [...draft.files().keys()].flatMap((path) => {
    const place = placeIn(layout, path);
    return place?.layer === 'overlay' && place.environment === environment ? [place.app ?? []].flat() : [];
  });
  return [...new Set(names)].toSorted();
}

/** Clusters that apply something of an environment; the one of its name where none does yet. */
function clustersOf(draft: Draft, layout: Layout, environment: string): string[] {
  const applying = fluxOf(draft, layout).flatMap(({ cluster, path }) => {
    const place = path === null ? null : placeIn(layout, path);
    return cluster !== null && place?.layer === 'overlay' && place.environment === environment
      ? [cluster]
      : [];
  });
  const named = [...clusterNames({ layout, folders: foldersOf(draft.files().keys()) })];
  return applying.length > 0 ? [...new Set(applying)] : named.filter((cluster) => cluster === environment);
}

function imageHint(image: string | null, file: string): string[] {
  return image === null ? [`Set the image in ${file}.`] : [];
}

function usage(message: string): PlumblineError {
  return new PlumblineError('usage', message);
}
