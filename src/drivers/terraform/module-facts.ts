import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isJsonObject, type JsonObject, type JsonValue } from '../../domain/json.ts';
import { attributeOf, literalString, scanHcl } from './hcl-scan.ts';

/** A `module` block. */
export interface ModuleCall {
  source: string;
  version: string | undefined;
}

/** What planning and discovery need to know of a folder's configuration, without evaluating it. */
export interface ModuleFacts {
  /** Whether it has a `backend` or `cloud` block. */
  hasBackend: boolean;
  /** The type of the `backend` block. */
  backendType: string | undefined;
  hasProviderBlock: boolean;
  /** `required_version`, several joined by commas. */
  requiredVersion: string | undefined;
  calls: ModuleCall[];
  /** The first words of the resource types in use (`aws` of `aws_s3_bucket`), and names of `required_providers`. */
  providers: string[];
  /** The source text of `required_providers`. */
  requirements: string[];
  /** The source text of what decides over `init`: `terraform` blocks. */
  settings: string[];
}

interface Draft extends ModuleFacts {
  versions: string[];
  providerNames: Set<string>;
}

/**
 * The facts of one folder. What can't be read as configuration counts as empty.
 * @param files texts by file name
 */
export function moduleFacts(files: ReadonlyMap<string, string>): ModuleFacts {
  const draft: Draft = {
    hasBackend: false,
    backendType: undefined,
    hasProviderBlock: false,
    requiredVersion: undefined,
    calls: [],
    providers: [],
    requirements: [],
    settings: [],
    versions: [],
    providerNames: new Set(),
  };
  for (const [name, text] of files) {
    if (name.endsWith('.json')) addJson(draft, text);
    else addHcl(draft, text);
  }
  const { versions, providerNames, ...facts } = draft;
  return {
    ...facts,
    requiredVersion: versions.length === 0 ? undefined : versions.join(', '),
    providers: [...providerNames].sort(),
  };
}

/** Reads the named files of a folder; a file that vanished or is unreadable counts as empty. */
export async function readTexts(folder: string, names: readonly string[]): Promise<Map<string, string>> {
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8').catch(() => '')));
  return new Map(names.map((name, index) => [name, texts[index]!]));
}

/** Whether a module's source is a folder of the same repository. */
export function isLocalSource(source: string): boolean {
  return source.startsWith('./') || source.startsWith('../') || source === '.' || source === '..';
}

function addHcl(draft: Draft, text: string): void {
  for (const block of scanHcl(text).blocks) {
    if (block.type === 'terraform') addTerraformBlock(draft, block.body);
    else if (block.type === 'provider') {
      draft.hasProviderBlock = true;
      addProvider(draft, block.labels[0]);
    } else if (block.type === 'module') {
      const items = scanHcl(block.body);
      const source = literalString(attributeOf(items, 'source'));
      if (source !== undefined)
        draft.calls.push({ source, version: literalString(attributeOf(items, 'version')) });
    } else if (['resource', 'data', 'ephemeral'].includes(block.type)) {
      addProvider(draft, block.labels[0]?.split('_')[0]);
    }
  }
}

function addTerraformBlock(draft: Draft, body: string): void {
  draft.settings.push(body);
  const items = scanHcl(body);
  const version = literalString(attributeOf(items, 'required_version'));
  if (version !== undefined) draft.versions.push(version);
  for (const block of items.blocks) {
    if (block.type === 'backend' || block.type === 'cloud') draft.hasBackend = true;
    if (block.type === 'backend') draft.backendType = block.labels[0];
    if (block.type === 'required_providers') {
      draft.requirements.push(block.body);
      for (const { name } of scanHcl(block.body).attributes) addProvider(draft, name);
    }
  }
}

function addProvider(draft: Draft, name: string | undefined): void {
  // The provider `terraform` is built in.
  if (name !== undefined && name !== '' && name !== 'terraform') draft.providerNames.add(name);
}

function addJson(draft: Draft, text: string): void {
  let root: unknown;
  try {
    root = JSON.parse(text);
  } catch {
    return;
  }
  if (!isJsonObject(root)) return;
  for (const settings of objects(root['terraform'])) addJsonSettings(draft, settings);
  for (const provider of objects(root['provider'])) {
    draft.hasProviderBlock = true;
    for (const name of Object.keys(provider)) addProvider(draft, name);
  }
  for (const calls of objects(root['module']))
    for (const call of Object.values(calls).flatMap(objects)) {
      const { source, version } = call;
      if (typeof source === 'string')
        draft.calls.push({ source, version: typeof version === 'string' ? version : undefined });
    }
  for (const kind of ['resource', 'data', 'ephemeral'])
    for (const types of objects(root[kind]))
      for (const type of Object.keys(types)) addProvider(draft, type.split('_')[0]);
}

function addJsonSettings(draft: Draft, settings: JsonObject): void {
  draft.settings.push(JSON.stringify(settings));
  const version = settings['required_version'];
  if (typeof version === 'string') draft.versions.push(version);
  if (settings['backend'] !== undefined || settings['cloud'] !== undefined) draft.hasBackend = true;
  for (const backend of objects(settings['backend'])) draft.backendType = Object.keys(backend)[0];
  for (const providers of objects(settings['required_providers'])) {
    draft.requirements.push(JSON.stringify(providers));
    for (const name of Object.keys(providers)) addProvider(draft, name);
  }
}

/** JSON configuration allows an object or a list of objects wherever HCL has blocks. */
function objects(value: JsonValue | undefined): JsonObject[] {
  if (Array.isArray(value)) return value.filter(isJsonObject);
  return isJsonObject(value) ? [value] : [];
}
