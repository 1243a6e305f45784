import { posix } from 'node:path';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../../domain/json.ts';
import { matchesPathGlob } from '../../../../domain/glob.ts';
import { readYamlDocuments } from '../../render/yaml-documents.ts';
import { fieldOf, listOf, textOf } from '../definition-objects.ts';

/** What a template is filled with. */
export type Parameters = JsonObject;

/** A set of parameters for each folder that matches a glob of `directories` and none that is excluded. */
export function gitDirectories(
  generator: JsonValue | undefined,
  { isGo, folders }: { isGo: boolean; folders: readonly string[] },
): Parameters[] {
  const rules = listOf(generator, 'directories').flatMap((rule) => {
    const path = textOf(rule, 'path');
    return path === undefined ? [] : [{ path, isExcluded: fieldOf(rule, 'exclude') === true }];
  });
  const some = (path: string, isExcluded: boolean) =>
    rules.some(
      (rule) => rule.isExcluded === isExcluded && matchesPathGlob(rule.path.replace(/\/+$/, ''), path),
    );
  return folders
    .filter((path) => path !== '.' && some(path, false) && !some(path, true))
    .map((path) => withValues({ ...pathParameters(path, generator, isGo) }, generator));
}

/** A set of parameters for each document of each file that `files` means, as for folders: its fields, and where it is. */
export async function gitFiles(
  generator: JsonValue | undefined,
  { isGo, files, read }: { isGo: boolean; files: readonly string[]; read: (path: string) => Promise<string> },
): Promise<Parameters[]> {
  const rules = listOf(generator, 'files').flatMap((rule) => {
    const glob = textOf(rule, 'path');
    return glob === undefined ? [] : [{ glob, isExcluded: fieldOf(rule, 'exclude') === true }];
  });
  const some = (path: string, isExcluded: boolean) =>
    rules.some((rule) => rule.isExcluded === isExcluded && matchesPathGlob(rule.glob, path));
  const matching = files.filter((path) => some(path, false) && !some(path, true));
  const sets: Parameters[] = [];
  for (const file of matching) {
    const documents = readYamlDocuments(await read(file)).map(({ value }) => value);
    const objects = documents
      .flatMap((value) => (Array.isArray(value) ? value : [value]))
      .filter(isJsonObject);
    const where = pathParameters(posix.dirname(file), generator, isGo, posix.basename(file));
    for (const object of objects) sets.push(withValues({ ...object, ...where }, generator));
  }
  return sets;
}

/** Source: https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Generators-Git/ */
function pathParameters(
  path: string,
  generator: JsonValue | undefined,
  isGo: boolean,
  filename?: string,
): Parameters {
  const basename = posix.basename(path);
  const segments = path.split('/');
  const file: Parameters =
    filename === undefined ? {} : { filename, filenameNormalized: normalised(filename) };
  const facts: Parameters = { basename, basenameNormalized: normalised(basename), ...file };
  const prefix = textOf(generator, 'pathParamPrefix');
  if (isGo) {
    const whole = { path: { path, segments, ...facts } };
    return prefix === undefined ? whole : { [prefix]: whole };
  }
  const name = prefix === undefined ? 'path' : `${prefix}.path`;
  const flat: Parameters = { [name]: path };
  for (const [key, value] of Object.entries(facts)) flat[`${name}.${key}`] = value;
  segments.forEach((segment, index) => (flat[`${name}[${index}]`] = segment));
  return flat;
}

function withValues(parameters: Parameters, generator: JsonValue | undefined): Parameters {
  const values = fieldOf(generator, 'values');
  return isJsonObject(values) ? { ...parameters, values } : parameters;
}

/** A text as the name of an object may be. */
export function normalised(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^a-z0-9.-]/g, '-')
    .replaceAll(/^[-.]+|[-.]+$/g, '');
}
