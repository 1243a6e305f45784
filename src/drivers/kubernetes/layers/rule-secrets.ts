import { posix } from 'node:path';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../domain/json.ts';
import { everyObject } from './applied-paths.ts';
import type { Found } from './finding.ts';
import type { FolderKustomization, RepoModel } from './repo-model.ts';

const ENCRYPT =
  'Encrypt it with SOPS or as a SealedSecret, or keep it out of Git; then change the secret itself: it stays in the history.';

/**
 * Secrets that anybody who reads the repository can read: objects, and what generators make some of. Names are told, values
 * never. Files that Git ignores are not here to be looked at.
 */
export function checkSecrets(model: RepoModel): Found[] {
  const objects = everyObject(model).flatMap(({ file, line, kind, group, name, value }): Found[] => {
    if (kind !== 'Secret' || group !== '' || isEncrypted(value)) return [];
    const keys = [...plainKeys(value['data']), ...plainKeys(value['stringData'])];
    if (keys.length === 0) return [];
    const message = `The Secret ${name} is readable (${listed(keys)}).`;
    return [{ file, line, message, fix: ENCRYPT }];
  });
  const generated = [...model.kustomizations].flatMap(([folder, kustomization]) =>
    generators(model, folder, kustomization),
  );
  return [...objects, ...generated];
}

/** Whether SOPS has been over the document. */
function isEncrypted(value: JsonObject): boolean {
  return isJsonObject(value['sops']);
}

/** Keys whose values stand there as they are: not what SOPS made of them, nor what Flux puts in when it applies. */
function plainKeys(data: JsonValue | undefined): string[] {
  if (!isJsonObject(data)) return [];
  return Object.entries(data).flatMap(([key, value]) =>
    typeof value === 'string' && value !== '' && !isPlaceholder(value) ? [key] : [],
  );
}

function isPlaceholder(value: string): boolean {
  return value.startsWith('ENC[') || /^\$\{[^}]+\}$/.test(value.trim());
}

function listed(keys: readonly string[]): string {
  return keys.length > 5 ? `${keys.slice(0, 5).join(', ')} and ${keys.length - 5} more` : keys.join(', ');
}

function generators(
  { files }: RepoModel,
  folder: string,
  { file, value, lineOf }: FolderKustomization,
): Found[] {
  const all = value['secretGenerator'];
  if (!Array.isArray(all)) return [];
  return all.flatMap((generator, index): Found[] => {
    if (!isJsonObject(generator)) return [];
    const name = typeof generator['name'] === 'string' ? generator['name'] : '';
    const literals = texts(generator['literals']).filter((text) => !isPlaceholder(afterEquals(text)));
    const keys = literals.map((text) => text.split('=', 1)[0]!);
    const plain = ['files', 'envs'].flatMap((field) =>
      texts(generator[field]).flatMap((text, at) => {
        const path = posix.join(folder, text.includes('=') ? afterEquals(text) : text);
        const content = files.get(path);
        if (content === undefined || isEncryptedText(content)) return [];
        return [{ line: lineOf('secretGenerator', index, field, at), path }];
      }),
    );
    return [
      ...(keys.length === 0
        ? []
        : [
            {
              file,
              line: lineOf('secretGenerator', index, 'literals'),
              message: `The generator of the Secret ${name} holds it readable (${listed(keys)}).`,
              fix: ENCRYPT,
            },
          ]),
      ...plain.map(({ line, path }) => ({
        file,
        line,
        message: `The Secret ${name} is made of ${path}, which is readable.`,
        fix: ENCRYPT,
      })),
    ];
  });
}

function isEncryptedText(text: string): boolean {
  return /^sops(?:_\w+)?\s*[:=]/m.test(text) || /^\s*"sops"\s*:/m.test(text);
}

function texts(value: JsonValue | undefined): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

function afterEquals(text: string): string {
  return text.slice(text.indexOf('=') + 1);
}
