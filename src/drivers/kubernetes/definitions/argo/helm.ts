import { posix } from 'node:path';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../../domain/json.ts';
import type { HelmOptions, RemoteChart } from '../../stack-options.ts';
import { readYamlDocuments } from '../../render/yaml-documents.ts';
import { fieldOf, listOf, textOf } from '../definition-objects.ts';
import { repoPath } from '../../../work-tree-paths.ts';

/** What of an Application decides how its chart is rendered. */
interface HelmFor {
  name: string;
  folder: string;
  /** Sources that are named: this repository, or what they are. */
  refs: ReadonlyMap<string, true | string>;
}

/**
 * How a source's chart is rendered; a sentence that says why it can't be. Of values the later win: files, `values`,
 * `valuesObject` (in place of `values`), parameters. Source: https://argo-cd.readthedocs.io/en/stable/user-guide/helm/
 */
export function argoHelm(source: JsonValue, whose: HelmFor): HelmOptions | string {
  const helm = fieldOf(source, 'helm');
  const files = valueFiles(helm, whose);
  if (typeof files === 'string') return files;
  const inline = inlineValues(helm);
  if (typeof inline === 'string') return inline;
  if (listOf(helm, 'fileParameters').length > 0)
    return 'it sets helm.fileParameters, which are not understood: put the files into a values file.';
  const chart = remoteChart(source);
  if (typeof chart === 'string') return chart;
  return {
    chart,
    release: textOf(helm, 'releaseName') ?? whose.name,
    values: files,
    set: {},
    includeCrds: fieldOf(helm, 'skipCrds') !== true,
    kubeVersion: textOf(helm, 'kubeVersion') ?? null,
    apiVersions: listOf(helm, 'apiVersions').filter((one) => typeof one === 'string'),
    inline,
    parameters: listOf(helm, 'parameters').flatMap((one) => {
      const name = textOf(one, 'name');
      const value = fieldOf(one, 'value');
      if (name === undefined) return [];
      return [
        {
          name,
          value: typeof value === 'string' ? value : JSON.stringify(value ?? ''),
          isText: fieldOf(one, 'forceString') === true,
        },
      ];
    }),
    skipMissing: fieldOf(helm, 'ignoreMissingValueFiles') === true,
    namespace: textOf(helm, 'namespace') ?? null,
  };
}

/** A chart of a Helm repository; its version may be a range, and registries stand there without `oci://`. */
function remoteChart(source: JsonValue): RemoteChart | null | string {
  const name = textOf(source, 'chart');
  const repo = textOf(source, 'repoURL');
  if (name === undefined || repo === undefined) return null;
  if (/^[a-z]+:\/\/[^/]*@/.test(repo)) return 'the URL of its chart holds credentials.';
  const version = textOf(source, 'targetRevision') ?? '*';
  const url = /^[a-z]+:\/\//.test(repo) ? repo : `oci://${repo}`;
  return { name, repo: url.replace(/\/+$/, ''), version };
}

/** Paths relative to the source's folder; those of `$name/…` are of a named source. */
function valueFiles(helm: JsonValue | undefined, { folder, refs }: HelmFor): string[] | string {
  const files: string[] = [];
  for (const file of listOf(helm, 'valueFiles')) {
    if (typeof file !== 'string') continue;
    const [, ref, path = ''] = /^\$([^/]+)\/(.*)$/.exec(file) ?? [];
    if (ref === undefined) {
      files.push(file.startsWith('/') ? relative(folder, file) : file);
      continue;
    }
    const place = refs.get(ref);
    if (place === undefined)
      return `its values file ${file} is of a source "${ref}", which it does not have.`;
    if (place !== true) return `its values file ${file} is of ${place}, not of this repository.`;
    files.push(relative(folder, path));
  }
  return files;
}

function relative(folder: string, path: string): string {
  return posix.relative(folder, repoPath(path) ?? path);
}

function inlineValues(helm: JsonValue | undefined): JsonObject | null | string {
  const object = fieldOf(helm, 'valuesObject');
  if (isJsonObject(object)) return object;
  const text = textOf(helm, 'values');
  if (text === undefined) return null;
  const [document] = readYamlDocuments(text);
  if (document === undefined) return null;
  const [fault] = document.faults;
  if (fault !== undefined) return `helm.values can't be read: ${fault.message}.`;
  return isJsonObject(document.value) ? document.value : null;
}
