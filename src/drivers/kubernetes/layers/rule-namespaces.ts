import { posix } from 'node:path';
import { isJsonObject } from '../../../domain/json.ts';
import { objectOf, textOf } from '../../../kube/fields.ts';
import { builtObjects, type BuiltObject } from './built-objects.ts';
import { clusterScoped } from './cluster-scoped.ts';
import type { Found, LayerRule } from './finding.ts';
import { placeIn } from './layout.ts';
import type { RepoModel } from './repo-model.ts';

/** An app as one environment has it. */
interface App {
  environment: string;
  name: string;
  folder: string;
  objects: BuiltObject[];
  /** Namespaces that it declares. */
  declares: ReadonlySet<string>;
  /** Namespaces that it has something in, and where the first of that is. */
  uses: ReadonlyMap<string, BuiltObject['at']>;
}

/** Objects of these only say where something comes from and how it is released. */
const DELIVERY = /(?:^|\.)(?:fluxcd\.io|argoproj\.io)$/;

/** `app-namespace`, `app-in-infrastructure` and `controller-scope`. */
export function checkNamespaces(model: RepoModel): [LayerRule, Found][] {
  const isClusterScoped = clusterScoped(model);
  const apps = appsOf(model, isClusterScoped);
  const infrastructure = infrastructureObjects(model);
  const owned = new Set(apps.flatMap(({ declares }) => [...declares]));
  const theirs = new Set(
    infrastructure.flatMap(({ object, namespace }) =>
      DELIVERY.test(object.group) || namespace === '' || owned.has(namespace) ? [] : [namespace],
    ),
  );
  const ofControllers = infrastructure.filter(({ object: { file } }) =>
    file.startsWith(`${model.layout.infrastructure}/controllers/`),
  );
  return [
    ...owners(apps, theirs).map((found): [LayerRule, Found] => ['app-namespace', found]),
    ...intruders(apps, theirs, isClusterScoped).map((found): [LayerRule, Found] => [
      'app-in-infrastructure',
      found,
    ]),
    ...controllers(ofControllers, apps).map((found): [LayerRule, Found] => ['controller-scope', found]),
  ];
}

function appsOf(model: RepoModel, isClusterScoped: (of: { group: string; kind: string }) => boolean): App[] {
  return [...model.folders].flatMap((folder): App[] => {
    const place = placeIn(model.layout, folder);
    if (place?.layer !== 'overlay' || place.app === null) return [];
    if (posix.basename(folder) !== place.app) return [];
    const objects = builtObjects(model, folder);
    const uses = new Map<string, BuiltObject['at']>();
    for (const { object, namespace, at } of objects) {
      const released = textOf(objectOf(object.value, 'spec'), 'targetNamespace');
      const used = released !== '' && object.kind === 'HelmRelease' ? released : namespace;
      const counts = !isClusterScoped(object) && (released !== '' || !DELIVERY.test(object.group));
      if (counts && used !== '' && !uses.has(used)) uses.set(used, at);
    }
    const declares = new Set(objects.flatMap((one) => declaredBy(one)));
    return [{ environment: place.environment, name: place.app, folder, objects, declares, uses }];
  });
}

function declaredBy({ object: { kind, value }, namespace }: BuiltObject): string[] {
  if (kind === 'Namespace') return [namespace];
  const spec = objectOf(value, 'spec');
  const makes = isJsonObject(spec['install']) && spec['install']['createNamespace'] === true;
  return kind === 'HelmRelease' && makes ? [textOf(spec, 'targetNamespace') || namespace] : [];
}

function infrastructureObjects(model: RepoModel): BuiltObject[] {
  const { infrastructure } = model.layout;
  const roots = [...model.kustomizations.keys()].filter((folder) => folder.startsWith(`${infrastructure}/`));
  const named = roots.flatMap((folder) => builtObjects(model, folder));
  const seen = new Set(named.map(({ object }) => object));
  const loose = [...model.objects]
    .filter(([file]) => file.startsWith(`${infrastructure}/`))
    .flatMap(([, objects]) => objects)
    .filter((object) => !seen.has(object))
    .map((object) => ({
      object,
      namespace: object.kind === 'Namespace' ? object.name : object.namespace,
      at: { file: object.file, line: object.line },
    }));
  return [...named, ...loose];
}

/** Each namespace is one app's, which declares it. */
function owners(apps: readonly App[], theirs: ReadonlySet<string>): Found[] {
  return apps.flatMap((app) =>
    [...app.uses].flatMap(([namespace, at]): Found[] => {
      if (theirs.has(namespace) || app.declares.has(namespace)) return [];
      const owner = apps.find(
        (other) => other !== app && other.environment === app.environment && other.declares.has(namespace),
      );
      if (owner !== undefined)
        return [
          {
            ...at,
            message: `${app.name} puts objects into the namespace ${namespace}, which is ${owner.name}'s.`,
            fix: `Give ${app.name} a namespace of its own.`,
          },
        ];
      return [
        {
          ...at,
          message: `${app.name} uses the namespace ${namespace} and does not declare it.`,
          fix: `Add a Namespace ${namespace} to the app.`,
        },
      ];
    }),
  );
}

function intruders(
  apps: readonly App[],
  theirs: ReadonlySet<string>,
  isClusterScoped: (of: { group: string; kind: string }) => boolean,
): Found[] {
  return apps.flatMap((app) =>
    app.objects.flatMap(({ object, namespace, at }): Found[] => {
      const { kind, name, file, line } = object;
      const isNamespace = kind === 'Namespace';
      if (isClusterScoped(object) && !isNamespace)
        return [
          {
            file,
            line,
            message: `${app.name} brings ${kind} ${name}, which is the whole cluster's.`,
            fix: 'Move it to infrastructure, and let the app depend on that.',
          },
        ];
      const released =
        kind === 'HelmRelease' ? textOf(objectOf(object.value, 'spec'), 'targetNamespace') : '';
      const within = released === '' ? namespace : released;
      if (released === '' && DELIVERY.test(object.group)) return [];
      if (!theirs.has(within)) return [];
      return [
        {
          ...at,
          message: `${app.name} puts ${kind} ${name} into ${within}, a namespace of infrastructure.`,
          fix: 'Put it into the app’s own namespace, or move it to infrastructure.',
        },
      ];
    }),
  );
}

function controllers(infrastructure: readonly BuiltObject[], apps: readonly App[]): Found[] {
  return infrastructure.flatMap(({ object, namespace, at }): Found[] => {
    if (object.kind === 'Namespace' || namespace === '') return [];
    const owner = apps.find(({ declares }) => declares.has(namespace));
    if (owner === undefined || DELIVERY.test(object.group)) return [];
    return [
      {
        ...at,
        message: `Infrastructure puts ${object.kind} ${object.name} into ${namespace}, which is ${owner.name}'s.`,
        fix: `Move it to the app ${owner.name}, or make it cluster-wide.`,
      },
    ];
  });
}
