import { isJsonObject, type JsonObject, type JsonValue } from '../../../domain/json.ts';
import type { YamlDocument } from './yaml-documents.ts';

/** Names of kustomization files, as kustomize looks for them. */
export const KUSTOMIZATION_FILES = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'] as const;

/** The kustomization file among a folder's files. */
export function kustomizationFile(files: readonly string[]): string | undefined {
  return KUSTOMIZATION_FILES.find((name) => files.includes(name));
}

/** What a kustomization file names. */
export interface Reference {
  /** As written: a file, a folder, or what kustomize would fetch. */
  target: string;
  line: number;
  /** `plugin`: a file or folder whose objects are run as generators or transformers; `base`: a folder or file of resources. */
  role: 'base' | 'plugin' | 'file';
}

/** A kustomization file, as far as it says what else is read. */
export interface Kustomization {
  isComponent: boolean;
  references: Reference[];
  /** Where Helm charts are inflated. */
  charts: { line: number; name: string }[];
  /** Fields that are not written as kustomize has them, and that it takes for those all the same. */
  misspelt: { line: number; text: string; field: string }[];
  /** Generators and transformers that stand in the file itself. */
  inlinePlugins: { line: number; text: string }[];
}

const BASES = ['resources', 'bases', 'components'];
const PLUGINS = ['generators', 'transformers', 'validators'];
const FILES = ['crds', 'configurations'];
const PATCHES = ['patches', 'patchesJson6902', 'replacements'];
const GENERATORS = ['configMapGenerator', 'secretGenerator'];
const CHARTS = ['helmCharts', 'helmChartInflationGenerator'];
const INNER = ['path', 'files', 'envs', 'env', 'name', 'chartName'];
const ALL_FIELDS = [
  ...BASES,
  ...PLUGINS,
  ...FILES,
  ...PATCHES,
  ...GENERATORS,
  ...CHARTS,
  ...INNER,
  'patchesStrategicMerge',
  'openapi',
  'helmGlobals',
  'kind',
  'apiVersion',
  'metadata',
];
const BY_FOLD = new Map(ALL_FIELDS.map((field) => [folded(field), field]));

/**
 * Reads what a kustomization names. Fields that are not of the shape that kustomize wants are left to it to refuse.
 * Source: https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/
 */
export function readKustomization({ value, at }: Pick<YamlDocument, 'value' | 'at'>): Kustomization {
  const root = isJsonObject(value) ? value : {};
  const lineOf = (...path: (string | number)[]) => at(path).line;
  const reference = (target: JsonValue | undefined, role: Reference['role'], ...path: (string | number)[]) =>
    typeof target === 'string' && target !== '' ? [{ target, role, line: lineOf(...path) }] : [];
  const texts = (field: string, role: Reference['role']) =>
    items(root, field).flatMap((item, index) => (isInline(item) ? [] : reference(item, role, field, index)));
  const patchPaths = PATCHES.flatMap((field) =>
    items(root, field).flatMap((item, index) =>
      isJsonObject(item) ? reference(item['path'], 'file', field, index, 'path') : [],
    ),
  );
  const openapi = isJsonObject(root['openapi'])
    ? reference(root['openapi']['path'], 'file', 'openapi', 'path')
    : [];
  return {
    isComponent: root['kind'] === 'Component',
    misspelt: misspelt(root).map(({ path, field }) => ({
      line: lineOf(...path),
      text: String(path.at(-1)),
      field,
    })),
    references: [
      ...BASES.flatMap((field) => texts(field, 'base')),
      ...PLUGINS.flatMap((field) => texts(field, 'plugin')),
      ...FILES.flatMap((field) => texts(field, 'file')),
      ...texts('patchesStrategicMerge', 'file'),
      ...patchPaths,
      ...openapi,
      ...GENERATORS.flatMap((field) => generatorFiles(root, field, reference)),
    ],
    charts: CHARTS.flatMap((field) =>
      items(root, field).map((item, index) => ({
        line: lineOf(field, index),
        name: chartName(item),
      })),
    ),
    inlinePlugins: PLUGINS.flatMap((field) =>
      items(root, field).flatMap((item, index) =>
        typeof item === 'string' && isInline(item) ? [{ line: lineOf(field, index), text: item }] : [],
      ),
    ),
  };
}

/** Whether kustomize takes this for something to fetch, whatever stands at such a path; a file of that name comes first. */
export function isRemote(target: string): boolean {
  return (
    /^[a-z][a-z0-9+.-]*:/i.test(target) ||
    /^[\w.-]+@[\w.-]+[:/]/.test(target) ||
    /^(?:www\.)?(?:github\.com|gitlab\.com|bitbucket\.org|dev\.azure\.com)(?::\d+)?[/:]/i.test(target) ||
    /\.git(?:\/|\?|$)|(?:^|\/)_git\/|[?&](?:ref|version|timeout|submodules)=/.test(target)
  );
}

/** Whether kustomize fetches this although a file of that name is there. */
export function isUrl(target: string): boolean {
  return /^https?:/i.test(target);
}

/** Whether this may be meant as a host's, where nothing of that name is there. */
export function isHostLike(target: string): boolean {
  return /^(?:[\w-]+\.)+[a-z]{2,}(?::\d+)?\//i.test(target);
}

/** Why a generator or transformer of this configuration can't be run; undefined for one that is part of kustomize. */
export function pluginFault(value: JsonValue): 'function' | 'chart' | 'remote' | 'plugin' | undefined {
  if (!isJsonObject(value)) return 'plugin';
  if (misspelt(value).length > 0) return 'plugin';
  const metadata = isJsonObject(value['metadata']) ? value['metadata'] : {};
  const annotations = isJsonObject(metadata['annotations']) ? Object.keys(metadata['annotations']) : [];
  if (annotations.some((name) => /^config\.(?:kubernetes|k8s)\.io\/function$/.test(name))) return 'function';
  if (value['kind'] === 'HelmChartInflationGenerator') return 'chart';
  if (value['apiVersion'] !== 'builtin') return 'plugin';
  return namedFiles(value).some(isRemote) ? 'remote' : undefined;
}

/** Files that a built-in generator or transformer reads, as far as its fields are known for naming some. */
function namedFiles(value: JsonObject): string[] {
  const lists = ['files', 'envs', 'paths'].flatMap((field) => items(value, field));
  return [value['path'], value['env'], value['jsonOp'], ...lists].flatMap((item) =>
    typeof item === 'string' && !isInline(item) && !item.startsWith('[') ? [afterKey(item)] : [],
  );
}

function generatorFiles(
  root: JsonObject,
  field: string,
  reference: (target: JsonValue | undefined, role: 'file', ...path: (string | number)[]) => Reference[],
): Reference[] {
  return items(root, field).flatMap((generator, index) => {
    if (!isJsonObject(generator)) return [];
    const lists = ['files', 'envs'].flatMap((list) =>
      items(generator, list).flatMap((item, at) =>
        typeof item === 'string' ? reference(afterKey(item), 'file', field, index, list, at) : [],
      ),
    );
    return [...lists, ...reference(generator['env'], 'file', field, index, 'env')];
  });
}

/** `key=path` names a path; so does `path` alone. */
function afterKey(text: string): string {
  const equals = text.indexOf('=');
  return equals < 0 || text.includes('?') ? text : text.slice(equals + 1);
}

/**
 * Kustomize reads JSON without regard to case: what is written `Resources` would be followed by it and overlooked here. Looks
 * at the fields that name files, and no deeper than those are.
 */
function misspelt(root: JsonObject): { path: (string | number)[]; field: string }[] {
  const here = (object: JsonObject, path: (string | number)[]) =>
    Object.keys(object).flatMap((key) => {
      const field = BY_FOLD.get(folded(key));
      return field === undefined || field === key ? [] : [{ path: [...path, key], field }];
    });
  const nested = [...PATCHES, ...GENERATORS, ...CHARTS].flatMap((field) =>
    items(root, field).flatMap((item, index) => (isJsonObject(item) ? here(item, [field, index]) : [])),
  );
  const openapi = isJsonObject(root['openapi']) ? here(root['openapi'], ['openapi']) : [];
  return [...here(root, []), ...nested, ...openapi];
}

function folded(key: string): string {
  return key.normalize('NFKC').toLowerCase();
}

function chartName(chart: JsonValue): string {
  const name = isJsonObject(chart) ? (chart['name'] ?? chart['chartName']) : undefined;
  return typeof name === 'string' ? name : '';
}

/** A text of several lines is no path but the thing itself. */
function isInline(item: JsonValue): boolean {
  return typeof item === 'string' && (item.includes('\n') || /^\s*[{[]|:\s/.test(item));
}

function items(object: JsonObject, field: string): JsonValue[] {
  const value = object[field];
  return Array.isArray(value) ? value : [];
}
