import { commonPath } from '../../definitions/flux/sources.ts';
import { posix } from 'node:path';
import { isJsonObject, type JsonValue } from '../../../../domain/json.ts';
import { objectAddress, type KubeObject } from '../../../../kube/object.ts';
import { readManifests } from '../manifest-objects.ts';
import type { Parts } from '../render-source.ts';
import { sourceFault } from '../source-fault.ts';
import { createSourceReader, type SourceReader } from '../source-reader.ts';

/** A ConfigMap or Secret that values are taken from. */
export interface ValuesReference {
  kind: 'ConfigMap' | 'Secret';
  name: string;
  namespace: string;
  optional: boolean;
  /** Who takes them, for people. */
  who: string;
  /** A file of the repository: of several objects of one name, the one that stands closest counts. */
  near: string;
}

/**
 * The texts of a ConfigMap or Secret: of the stack's own objects, else of the repository's files. Undefined of an optional one
 * that isn't there. Those of Secrets are hidden from then on.
 * @throws PlumblineError `config_invalid` when the repository does not have it, `secret_undecryptable`
 */
export async function findValues(
  parts: Parts,
  own: readonly KubeObject[],
  reference: ValuesReference,
): Promise<Record<string, string> | undefined> {
  const mine = own.find((object) => isMeant(object, reference));
  const object = mine ?? (await findInFiles(parts, reference));
  if (object === undefined) {
    if (reference.optional) return undefined;
    throw missing(reference);
  }
  const data = dataOf(object);
  if (reference.kind === 'Secret') for (const value of Object.values(data)) parts.decryption.hide(value);
  return data;
}

function isMeant(object: KubeObject, { kind, name, namespace }: ValuesReference): boolean {
  const own = object.metadata['namespace'] ?? namespace;
  return (
    object.apiVersion === 'v1' && object.kind === kind && object.metadata.name === name && own === namespace
  );
}

async function findInFiles(parts: Parts, reference: ValuesReference): Promise<KubeObject | undefined> {
  const { session, reader, decryption } = parts;
  const { workTree, signal } = session.context;
  // Only what is found is a source of the stack.
  const scout = await createSourceReader(workTree, signal);
  const found = await candidates(scout, '.', reference);
  const [closest] = found.toSorted(
    (a, b) => commonPath(b.file, reference.near) - commonPath(a.file, reference.near),
  );
  if (closest === undefined) return undefined;
  const content = await reader.read(closest.file);
  const text = content && ((await decryption.file(closest.file, content)) ?? content.toString('utf8'));
  const { objects } = readManifests(text ?? '', closest.file);
  return objects.map(({ object }) => object).find((object) => isMeant(object, reference));
}

async function candidates(
  scout: SourceReader,
  folder: string,
  reference: ValuesReference,
): Promise<{ file: string }[]> {
  const found: { file: string }[] = [];
  for (const { name, kind } of (await scout.list(folder)) ?? []) {
    if (name.startsWith('.') || name === 'node_modules') continue;
    const file = posix.join(folder, name);
    if (kind === 'folder') found.push(...(await candidates(scout, file, reference)));
    if (kind !== 'file' || !/\.(?:ya?ml|json)$/i.test(name)) continue;
    const text = (await scout.read(file).catch(() => undefined))?.toString('utf8') ?? '';
    if (!text.includes(reference.name) || !text.includes(reference.kind)) continue;
    const { objects } = readManifests(text, file);
    if (objects.some(({ object }) => isMeant(object, reference))) found.push({ file });
  }
  return found;
}

function dataOf(object: KubeObject): Record<string, string> {
  const isSecret = object.kind === 'Secret';
  const plain = isSecret ? object['stringData'] : object['data'];
  const coded = isSecret ? object['data'] : undefined;
  return {
    ...textsIn(coded, (value) => Buffer.from(value, 'base64').toString('utf8')),
    ...textsIn(plain, (value) => value),
  };
}

function textsIn(map: JsonValue | undefined, read: (value: string) => string): Record<string, string> {
  if (!isJsonObject(map)) return {};
  return Object.fromEntries(
    Object.entries(map).flatMap(([key, value]) => (typeof value === 'string' ? [[key, read(value)]] : [])),
  );
}

function missing({ kind, namespace, name, who, near }: ValuesReference): Error {
  const address = objectAddress({ group: '', kind, namespace, name });
  return sourceFault({
    file: near,
    line: null,
    summary: `${who} takes values from ${address}, which the repository does not have`,
    detail:
      'What is only in the cluster can’t be part of what people agree with. Put it into the repository (a Secret encrypted with SOPS), or make the reference optional.',
  });
}
