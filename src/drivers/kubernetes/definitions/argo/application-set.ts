import { isJsonObject, type JsonObject, type JsonValue } from '../../../../domain/json.ts';
import { fieldOf, listOf, textOf, type DefinitionObject } from '../definition-objects.ts';
import type { OwnRepository } from '../flux/definitions.ts';
import { gitUrl, isOwnUrl } from '../own-urls.ts';
import { definitionName } from '../stack-definition.ts';
import { RESOURCES_FINALIZER } from './application.ts';
import { fillFastTemplate } from './fast-template.ts';
import { gitDirectories, gitFiles, type Parameters } from './git-generator.ts';
import { fillGoTemplate } from './go-template.ts';

/** What generators look at. */
export interface SetFiles {
  folders: readonly string[];
  files: readonly string[];
  read: (path: string) => Promise<string>;
}

/** The Applications that a set makes, and what it would make but can't here. */
export interface MadeApplications {
  applications: DefinitionObject[];
  warnings: string[];
}

const UNDERSTOOD = 'list and git';

/**
 * The Applications that an ApplicationSet stands for. Generators that ask something else than the repository are named in a
 * warning. Source: https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/
 */
export async function applicationsOf(
  set: DefinitionObject,
  own: OwnRepository,
  tree: SetFiles,
): Promise<MadeApplications> {
  const spec = fieldOf(set.object, 'spec');
  const namespace = textOf(set.object, 'metadata', 'namespace') ?? 'argocd';
  const { name } = set.object.metadata;
  const who = `ApplicationSet ${namespace}/${name} (${set.file}:${set.line})`;
  const made: MadeApplications = { applications: [], warnings: [] };
  const isGo = fieldOf(spec, 'goTemplate') === true;
  if (fieldOf(spec, 'templatePatch') !== undefined)
    made.warnings.push(`${who}: its templatePatch is not understood, so that the set is left out.`);
  else
    for (const generator of listOf(spec, 'generators')) {
      const { sets, warning } = await parametersOf(generator, { isGo, tree, own });
      if (warning !== undefined) made.warnings.push(`${who}: ${warning}`);
      const [, inner] = Object.entries(isJsonObject(generator) ? generator : {})[0] ?? [];
      const template = merged(fieldOf(spec, 'template') ?? {}, fieldOf(inner, 'template') ?? {});
      for (const parameters of sets)
        addApplication(made, { set, who, namespace, isGo, template }, parameters);
    }
  return made;
}

/** What one generator gives; a sentence about what it can't. */
async function parametersOf(
  generator: JsonValue,
  { isGo, tree, own }: { isGo: boolean; tree: SetFiles; own: OwnRepository },
): Promise<{ sets: Parameters[]; warning?: string }> {
  const [kind = '', inner] =
    Object.entries(isJsonObject(generator) ? generator : {}).find(([key]) => key !== 'selector') ?? [];
  if (fieldOf(generator, 'selector') !== undefined)
    return {
      sets: [],
      warning: `the selector of its generator "${kind}" is not understood; that generator is left out.`,
    };
  if (kind === 'list') {
    const yaml = textOf(inner, 'elementsYaml');
    if (yaml !== undefined)
      return { sets: [], warning: 'elementsYaml of its list is not understood and left out.' };
    return { sets: listOf(inner, 'elements').filter(isJsonObject) };
  }
  if (kind === 'git') {
    const elsewhere = gitElsewhere(inner, own);
    if (elsewhere !== undefined) return { sets: [], warning: elsewhere };
    const leftOut: string[] = [];
    const read = async (path: string) =>
      await tree.read(path).catch((error: unknown) => {
        leftOut.push(error instanceof Error ? error.message : path);
        return '';
      });
    const sets = [
      ...gitDirectories(inner, { isGo, folders: tree.folders }),
      ...(await gitFiles(inner, { isGo, files: tree.files, read })),
    ];
    const said = [
      ...otherRevision(inner, own),
      ...(leftOut.length === 0 ? [] : [`its git generator leaves out ${leftOut.join('; ')}`]),
    ];
    return said.length === 0 ? { sets } : { sets, warning: said.join('; ') };
  }
  const what = kind === '' ? 'a generator without a kind' : `the generator "${kind}"`;
  return {
    sets: [],
    warning: `${what} asks something else than this repository (only ${UNDERSTOOD} are understood); what it makes is left out.`,
  };
}

function gitElsewhere(inner: JsonValue | undefined, own: OwnRepository): string | undefined {
  const url = textOf(inner, 'repoURL');
  if (url === undefined) return undefined;
  return isOwnUrl(url, own.urls) !== false
    ? undefined
    : `its git generator looks at ${gitUrl(url)}, not at this repository; what it makes is left out.`;
}

/** What a generator would look at, where that is not what the repository is followed at. */
function otherRevision(inner: JsonValue | undefined, own: OwnRepository): string[] {
  const revision = textOf(inner, 'revision') ?? 'HEAD';
  if (own.branch === null || ['HEAD', own.branch].includes(revision)) return [];
  return [
    `its git generator looks at ${revision}, and the repository is followed at ${own.branch}: what counts here is ${own.branch}`,
  ];
}

interface Making {
  set: DefinitionObject;
  who: string;
  namespace: string;
  isGo: boolean;
  template: JsonValue;
}

function addApplication(
  made: MadeApplications,
  { set, who, namespace, isGo, template }: Making,
  parameters: Parameters,
): void {
  const faults = new Set<string>();
  const fill = (text: string) => {
    const { text: filled, fault } = isGo
      ? fillGoTemplate(text, parameters)
      : fillFastTemplate(text, parameters);
    if (fault !== undefined) faults.add(fault);
    return filled;
  };
  const filled = mapTexts(template, fill);
  const [fault] = faults;
  const name = textOf(filled, 'metadata', 'name');
  if (fault !== undefined || name === undefined) {
    made.warnings.push(
      `${who}: one of its Applications is left out: ${fault ?? 'its template gives no name'}.`,
    );
    return;
  }
  const metadata: JsonObject & { name: string } = {
    namespace,
    ...(fieldOf(filled, 'metadata') as JsonObject),
    name,
  };
  // A set gives its Applications the finalizer, unless it preserves resources.
  const isPreserved = fieldOf(set.object, 'spec', 'syncPolicy', 'preserveResourcesOnDeletion') === true;
  if (!isPreserved) metadata['finalizers'] ??= [RESOURCES_FINALIZER];
  const object = {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata,
    spec: fieldOf(filled, 'spec') ?? {},
  };
  const same = made.applications.some((other) => other.object.metadata.name === name);
  if (same)
    made.warnings.push(
      `${who}: it makes ${definitionName({ kind: 'Application', namespace, name, file: set.file, line: set.line })} more than once; the first counts.`,
    );
  else made.applications.push({ ...set, object });
}

/** A value with each text of it, keys too, put through a function. */
function mapTexts(value: JsonValue, fill: (text: string) => string): JsonValue {
  if (typeof value === 'string') return fill(value);
  if (Array.isArray(value)) return value.map((one) => mapTexts(one, fill));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [fill(key), mapTexts(one, fill)]));
}

/** The generator's own template lies over the set's. */
function merged(base: JsonValue, over: JsonValue): JsonValue {
  if (!isJsonObject(base) || !isJsonObject(over)) return over;
  const all: JsonObject = { ...base };
  for (const [key, value] of Object.entries(over)) all[key] = key in base ? merged(base[key]!, value) : value;
  return all;
}
