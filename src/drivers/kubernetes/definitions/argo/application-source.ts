import { isJsonObject, type JsonObject, type JsonValue } from '../../../../domain/json.ts';
import { repoPath } from '../../../work-tree-paths.ts';
import type { JsonnetOptions } from '../../stack-options.ts';
import { fieldOf, listOf, textOf, textsOf } from '../definition-objects.ts';
import type { OwnRepository } from '../flux/definitions.ts';
import { gitUrl, isOwnUrl } from '../own-urls.ts';
import type { DefinedSource } from '../stack-definition.ts';
import { argoHelm } from './helm.ts';

/** Whose sources are read. */
export interface SourcesFor {
  /** The Application, for people. */
  who: string;
  name: string;
  own: OwnRepository;
}

/** The sources of an Application, or why it is no stack. */
export interface ArgoSources {
  sources: DefinedSource[];
  warnings: string[];
  fault?: string;
}

/** Reads `source`, or `sources`, which win. Source: https://argo-cd.readthedocs.io/en/stable/user-guide/multiple_sources/ */
export function readArgoSources(spec: JsonValue | undefined, whose: SourcesFor): ArgoSources {
  const several = listOf(spec, 'sources');
  const given = several.length > 0 ? several : [fieldOf(spec, 'source')].filter((one) => one !== undefined);
  const { who, own } = whose;
  if (given.length === 0)
    return { sources: [], warnings: [], fault: `${who} is left out: it names no source.` };
  const warnings: string[] = [];
  const refs = new Map<string, true | string>();
  for (const source of given) {
    const ref = textOf(source, 'ref');
    if (ref !== undefined) refs.set(ref, whereIs(source, own));
  }
  const sources: DefinedSource[] = [];
  for (const source of given) {
    const isOnlyRef =
      textOf(source, 'ref') !== undefined &&
      textOf(source, 'path') === undefined &&
      textOf(source, 'chart') === undefined;
    warnings.push(...otherRevision(source, whose));
    if (isOnlyRef) continue;
    const read = readSource(source, whose, refs);
    if (typeof read === 'string') return { sources: [], warnings, fault: `${who} is left out: ${read}` };
    sources.push(read);
    if (fieldOf(source, 'plugin') !== undefined)
      return { sources: [], warnings, fault: `${who} is left out: its plugin can’t be run here.` };
  }
  return { sources, warnings };
}

/** Values files may be of another revision, too. A chart's is its version. */
function otherRevision(source: JsonValue, { who, own }: SourcesFor): string[] {
  const revision = textOf(source, 'targetRevision') ?? 'HEAD';
  const isOther = own.branch !== null && !['HEAD', own.branch].includes(revision);
  if (!isOther || textOf(source, 'chart') !== undefined || whereIs(source, own) !== true) return [];
  return [
    `${who} follows ${revision}, and the repository is followed at ${own.branch}: what counts here is ${own.branch}.`,
  ];
}

/** Whether a source is this repository; what it is otherwise. */
function whereIs(source: JsonValue, own: OwnRepository): true | string {
  const url = textOf(source, 'repoURL');
  if (url === undefined) return 'a source without repoURL';
  return isOwnUrl(url, own.urls) === false ? gitUrl(url) : true;
}

function readSource(
  source: JsonValue,
  { name, own }: SourcesFor,
  refs: ReadonlyMap<string, true | string>,
): DefinedSource | string {
  const chart = textOf(source, 'chart');
  const place = chart === undefined ? whereIs(source, own) : true;
  if (place !== true)
    return `its source is ${place}, not this repository. Where that is another repository, register it in "repos:"; where it is this one, name the URL in drivers.kubernetes.definition_urls.`;
  const folder = chart === undefined ? repoPath(textOf(source, 'path') ?? '.') : '.';
  if (folder === undefined) return 'its path leads out of the repository.';
  if (!own.hasFolder(folder)) return `the repository has no folder ${folder}.`;
  if (fieldOf(source, 'kustomize', 'commonAnnotationsEnvsubst') === true)
    return 'it fills variables into annotations (kustomize.commonAnnotationsEnvsubst), which is not understood. Write the values themselves.';
  const helm = argoHelm(source, { name, folder, refs });
  if (typeof helm === 'string') return helm;
  const directory = fieldOf(source, 'directory');
  const jsonnet = jsonnetOf(fieldOf(directory, 'jsonnet'));
  return {
    folder,
    kind: chart === undefined ? kindOf(source) : 'helm',
    helm,
    jsonnet,
    files: {
      recurse: fieldOf(directory, 'recurse') === true,
      include: textOf(directory, 'include') ?? null,
      exclude: textOf(directory, 'exclude') ?? null,
    },
    overlay: overlayOf(fieldOf(source, 'kustomize')),
  };
}

/** An Application that says how its folder is rendered is taken at its word; else the folder decides. */
function kindOf(source: JsonValue): DefinedSource['kind'] {
  if (isJsonObject(fieldOf(source, 'helm'))) return 'helm';
  if (isJsonObject(fieldOf(source, 'kustomize'))) return 'kustomize';
  const directory = fieldOf(source, 'directory');
  if (!isJsonObject(directory)) return 'auto';
  return isJsonObject(directory['jsonnet']) ? 'auto' : 'directory';
}

/** Source: https://argo-cd.readthedocs.io/en/stable/user-guide/jsonnet/ */
function jsonnetOf(jsonnet: JsonValue | undefined): JsonnetOptions | null {
  if (!isJsonObject(jsonnet)) return null;
  const variables = (field: string, isCode: boolean) =>
    Object.fromEntries(
      listOf(jsonnet, field).flatMap((one) => {
        const name = textOf(one, 'name');
        const code = fieldOf(one, 'code') === true;
        return name === undefined || code !== isCode ? [] : [[name, textOf(one, 'value') ?? '']];
      }),
    );
  return {
    jpath: listOf(jsonnet, 'libs').filter((one) => typeof one === 'string'),
    extVars: variables('extVars', false),
    extCode: variables('extVars', true),
    tlas: variables('tlas', false),
    tlaCode: variables('tlas', true),
  };
}

/** Source: https://argo-cd.readthedocs.io/en/stable/user-guide/kustomize/ */
function overlayOf(kustomize: JsonValue | undefined): JsonObject | null {
  if (!isJsonObject(kustomize)) return null;
  const overlay: JsonObject = {};
  for (const field of ['namePrefix', 'nameSuffix', 'namespace', 'patches', 'components', 'commonAnnotations'])
    if (kustomize[field] !== undefined) overlay[field] = kustomize[field];
  const labels = textsOf(kustomize, 'commonLabels');
  if (Object.keys(labels).length > 0)
    overlay['labels'] = [
      {
        pairs: labels,
        includeSelectors: kustomize['labelWithoutSelector'] !== true,
        ...(kustomize['labelIncludeTemplates'] === true ? { includeTemplates: true } : {}),
      },
    ];
  const images = listOf(kustomize, 'images').filter((one) => typeof one === 'string');
  if (images.length > 0) overlay['images'] = images.map(kustomizeImage);
  const replicas = listOf(kustomize, 'replicas').filter(isJsonObject);
  if (replicas.length > 0)
    overlay['replicas'] = replicas.map(({ name = '', count = 0 }) => ({ name, count: Number(count) }));
  return Object.keys(overlay).length === 0 ? null : overlay;
}

/** `name=new:tag`, `name:tag` or `name@digest`, as `kustomize edit set image` takes them. */
export function kustomizeImage(text: string): JsonObject {
  const equals = text.indexOf('=');
  const image = equals < 0 ? text : text.slice(equals + 1);
  const parts = /^(.+?)(?:@(.+)|:([^/:]+))?$/.exec(image);
  const [, bare = image, digest, tag] = parts ?? [];
  return {
    name: equals < 0 ? bare : text.slice(0, equals),
    ...(equals < 0 ? {} : { newName: bare }),
    ...(digest === undefined ? {} : { digest }),
    ...(tag === undefined ? {} : { newTag: tag }),
  };
}
