import { posix } from 'node:path';
import { isJsonObject, type JsonValue } from '../../../domain/json.ts';
import { groupVersion, type KubeObject } from '../../../kube/object.ts';
import { PlumblineError } from '../../../util/errors.ts';
import type { SourceFolder } from '../../source-folders.ts';
import { readManifests } from '../render/manifest-objects.ts';
import type { DefinitionTool } from './stack-definition.ts';

/** An object of Flux or Argo CD, and where it stands. */
export interface DefinitionObject {
  object: KubeObject;
  tool: DefinitionTool;
  file: string;
  line: number;
}

/** What a repository holds of Flux and Argo CD. */
export interface DefinitionObjects {
  objects: DefinitionObject[];
  /** Files that can't be read although they seem to hold some. */
  warnings: string[];
}

const GROUPS: Readonly<Record<string, DefinitionTool>> = {
  'kustomize.toolkit.fluxcd.io': 'flux',
  'helm.toolkit.fluxcd.io': 'flux',
  'source.toolkit.fluxcd.io': 'flux',
  'argoproj.io': 'argo_cd',
};
/** Looked for in the text, since most YAML of a repository is something else. */
const MENTIONS =
  /^[\s{,-]*["']?apiVersion["']?\s*:\s*["']?(?:(?:kustomize|helm|source)\.toolkit\.fluxcd\.io|argoproj\.io)\//m;
const ARGO_KINDS = new Set(['Application', 'ApplicationSet']);
const MANIFEST_FILE = /\.(?:ya?ml|json)$/i;
const READ_AT_ONCE = 32;

/** Reads what stands in these folders of a work tree. Helm’s templates, and what can't be read, are left out with a warning. */
export async function readDefinitionObjects(
  folders: readonly SourceFolder[],
  read: (path: string) => Promise<string>,
  signal: AbortSignal,
): Promise<DefinitionObjects> {
  const paths = folders.flatMap(({ path, files }) =>
    files
      .filter((name) => MANIFEST_FILE.test(name) && !name.startsWith('.'))
      .map((name) => posix.join(path, name)),
  );
  const found: DefinitionObjects = { objects: [], warnings: [] };
  for (let at = 0; at < paths.length; at += READ_AT_ONCE) {
    signal.throwIfAborted();
    const some = paths.slice(at, at + READ_AT_ONCE);
    const unread = (error: unknown) => {
      if (error instanceof PlumblineError && error.code === 'config_invalid')
        found.warnings.push(`Left out where stacks are looked for: ${error.message}`);
      return '';
    };
    // A link that leads nowhere is none.
    const texts = await Promise.all(some.map((path) => read(path).catch(unread)));
    for (const [index, text] of texts.entries()) if (MENTIONS.test(text)) addFile(found, some[index]!, text);
  }
  return found;
}

/** The field of an object at these names; undefined where something else stands on the way. */
export function fieldOf(object: JsonValue | undefined, ...path: readonly string[]): JsonValue | undefined {
  let here = object;
  for (const name of path) here = isJsonObject(here) ? here[name] : undefined;
  return here ?? undefined;
}

/** A text at these names; undefined where none stands there. */
export function textOf(object: JsonValue | undefined, ...path: readonly string[]): string | undefined {
  const value = fieldOf(object, ...path);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The items of a list at these names. */
export function listOf(object: JsonValue | undefined, ...path: readonly string[]): JsonValue[] {
  const value = fieldOf(object, ...path);
  return Array.isArray(value) ? value : [];
}

/** The texts of a map at these names; numbers and booleans count as they are written. */
export function textsOf(object: JsonValue | undefined, ...path: readonly string[]): Record<string, string> {
  const value = fieldOf(object, ...path);
  if (!isJsonObject(value)) return {};
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, one]) =>
      typeof one === 'string' || typeof one === 'number' || typeof one === 'boolean'
        ? [[name, String(one)]]
        : [],
    ),
  );
}

function addFile(found: DefinitionObjects, file: string, text: string): void {
  const { objects, problems } = readManifests(text, file);
  for (const { object, line } of objects) {
    const { group } = groupVersion(object.apiVersion);
    const tool = Object.hasOwn(GROUPS, group) ? GROUPS[group] : undefined;
    if (tool === undefined || (tool === 'argo_cd' && !ARGO_KINDS.has(object.kind))) continue;
    found.objects.push({ object, tool, file, line });
  }
  const [problem] = problems;
  if (problem === undefined) return;
  found.warnings.push(
    text.includes('{{')
      ? `${file} is a template: what it defines for Flux or Argo CD is known only once it is rendered, and is left out.`
      : `${file}:${problem.line ?? 1} is left out where stacks are looked for: ${problem.message}.`,
  );
}
