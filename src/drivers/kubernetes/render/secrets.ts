import { join } from 'node:path';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../domain/json.ts';
import { readKubeJson, writeKubeJson } from '../../../kube/exact-numbers.ts';
import { PlumblineError } from '../../../util/errors.ts';
import type { Decrypt } from './manifests.ts';
import { runProgram, takeTool, type RenderSession } from './render-session.ts';
import { decryptedValues, isSopsDocument, sopsKeys, type SopsKeys } from './sops-document.ts';
import { decryptedFormat, readSopsFile } from './sops-file.ts';
import { readYamlDocuments } from './yaml-documents.ts';

/** Decrypts what SOPS has encrypted, in memory alone. */
export interface Decryption {
  /** Every value that was decrypted so far. */
  readonly secrets: ReadonlySet<string>;
  /** From now on this value is one of them. */
  hide: (secret: string) => void;
  /**
   * The text of a file of the work tree, decrypted and checked against its MAC; undefined of one that SOPS hasn't encrypted.
   * @throws PlumblineError `secret_undecryptable`, `tool_not_found`, and as `runProgram`
   */
  file: Decrypt;
  /**
   * A document that a program has passed on, decrypted; itself when it is not encrypted. Its MAC is not looked at: programs
   * add fields to what they pass on. Files that were encrypted as a whole and put into a Secret are decrypted there. `from` says where it comes from. @throws as `file`
   */
  document: (value: JsonValue, from: string) => Promise<JsonValue>;
}

const NO_TEXT = 'it is no text once it is decrypted: encrypt it in base64, as the data of a Secret manifest';
/** Without a file SOPS reads what it is given; the name means nothing where formats are named. */
const STDIN = ['--filename-override', 'document'];
const MAY_BE_SOPS = /(?:^|\n)["']?sops["']?\s*:|"sops"\s*:/;

/** Makes the decryption of one rendering. */
export function createDecryption(session: RenderSession): Decryption {
  const secrets = new Set<string>();
  const add = (secret: string) => {
    secrets.add(secret);
    session.addSecret(secret);
  };
  const note = (before: JsonValue, after: JsonValue) => decryptedValues(before, after).forEach(add);
  return {
    secrets,
    hide: add,
    file: async (path, content) => {
      const text = content.toString('utf8');
      const documents = MAY_BE_SOPS.test(text) ? readYamlDocuments(text).map(({ value }) => value) : [];
      const encrypted = documents.filter(isSopsDocument);
      if (encrypted.length === 0) return undefined;
      const type = path.endsWith('.json') ? 'json' : 'yaml';
      const args = ['--input-type', type, '--output-type', type, join(session.context.workTree, path)];
      const plain = await decrypt(session, { args, from: path, keys: keysOf(encrypted) });
      const after = readYamlDocuments(plain).map(({ value }) => value);
      for (const [index, before] of documents.entries()) note(before, after[index] ?? null);
      return plain;
    },
    document: async (value, from) => {
      const plain = isSopsDocument(value) ? await decryptDocument(session, value, from) : value;
      note(value, plain);
      return await decryptData(session, plain, { from, note: add });
    },
  };
}

async function decryptDocument(session: RenderSession, value: JsonObject, from: string): Promise<JsonValue> {
  const args = ['--ignore-mac', '--input-type', 'json', '--output-type', 'json', ...STDIN];
  const input = writeKubeJson(value);
  return readKubeJson(
    await decrypt(session, { args, input, from: nameOf(value, from), keys: keysOf([value]) }),
  );
}

/** A Secret with those of its files decrypted that were encrypted as a whole. */
async function decryptData(
  session: RenderSession,
  value: JsonValue,
  { from, note }: { from: string; note: (secret: string) => void },
): Promise<JsonValue> {
  if (!isJsonObject(value) || value['kind'] !== 'Secret' || !isJsonObject(value['data'])) return value;
  const data: JsonObject = {};
  for (const [name, encoded] of Object.entries(value['data'])) {
    data[name] = encoded;
    const text = typeof encoded === 'string' ? Buffer.from(encoded, 'base64').toString('utf8') : '';
    const file = readSopsFile(text);
    if (file === undefined) continue;
    const plain = await decrypt(session, {
      args: ['--input-type', file.format, '--output-type', decryptedFormat(name), ...STDIN],
      input: text,
      from: `${name} in ${nameOf(value, from)}`,
      keys: file.keys,
    });
    if (plain.includes('\uFFFD'))
      throw undecryptable(`${name} in ${nameOf(value, from)}`, file.keys, NO_TEXT);
    data[name] = Buffer.from(plain).toString('base64');
    note(plain);
    note(data[name]);
  }
  return { ...value, data };
}

function keysOf(documents: readonly JsonObject[]): SopsKeys {
  const all = documents.map(sopsKeys);
  return { names: all.flatMap(({ names }) => names), vaults: all.flatMap(({ vaults }) => vaults) };
}

function nameOf(document: JsonObject, from: string): string {
  const { kind, metadata } = document;
  const name = isJsonObject(metadata) ? metadata['name'] : undefined;
  return typeof kind === 'string' && typeof name === 'string' ? `${kind} ${name} of ${from}` : from;
}

async function decrypt(
  session: RenderSession,
  { args, input, from, keys }: { args: readonly string[]; input?: string; from: string; keys: SopsKeys },
): Promise<string> {
  const env = { ...session.context.baseEnv, ...session.context.env };
  // SOPS takes the server's address from the file, and would send it the worker's own token.
  const foreign = keys.vaults.find((vault) => vault !== env['VAULT_ADDR']);
  if (foreign !== undefined)
    throw undecryptable(from, keys, `it names the Vault ${foreign}, which is not the worker’s VAULT_ADDR`);
  const { exitCode, stdout, stderr } = await runProgram(session, {
    tool: await takeTool(session, 'sops'),
    args: ['decrypt', ...args],
    step: 'decrypt',
    env,
    ...(input === undefined ? {} : { input }),
  });
  if (exitCode === 0) return stdout;
  throw undecryptable(
    from,
    keys,
    /\bMAC\b/.test(stderr)
      ? 'it was changed after SOPS had encrypted it: edit it with sops'
      : 'no key that the worker has opens it: give it one (SOPS_AGE_KEY_FILE, a GnuPG key)',
  );
}

/** Says nothing of what SOPS printed: that may hold parts of the file. */
function undecryptable(from: string, keys: SopsKeys, why: string): PlumblineError {
  const names = [...new Set(keys.names)];
  return new PlumblineError(
    'secret_undecryptable',
    `${from} can't be decrypted: ${why}. It is encrypted for ${names.join(', ') || 'no key at all'}.`,
    { details: { file: from, keys: names } },
  );
}
