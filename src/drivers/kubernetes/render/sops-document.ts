import { isJsonObject, type JsonObject, type JsonValue } from '../../../domain/json.ts';
import { longNumber } from '../../../kube/exact-numbers.ts';

/** What a SOPS document says of the keys that open it: nothing of it is secret. */
export interface SopsKeys {
  /** As people know them: `age age1…`, `pgp 85D7…`. */
  names: string[];
  /** Vault servers that would be asked, with the worker's own token. */
  vaults: string[];
}

const KINDS: Readonly<Record<string, string>> = {
  age: 'recipient',
  pgp: 'fp',
  kms: 'arn',
  gcp_kms: 'resource_id',
  hckms: 'key_id',
  azure_kv: 'name',
  hc_vault: 'key_name',
};

/** Whether SOPS has encrypted this document: it keeps its own facts under `sops`. */
export function isSopsDocument(value: JsonValue): value is JsonObject {
  const sops = isJsonObject(value) ? value['sops'] : undefined;
  return isJsonObject(sops) && (typeof sops['mac'] === 'string' || typeof sops['lastmodified'] === 'string');
}

/** The keys that a document was encrypted for, those of its key groups too. */
export function sopsKeys(document: JsonObject): SopsKeys {
  const sops = isJsonObject(document['sops']) ? document['sops'] : {};
  const groups = [sops, ...list(sops['key_groups']).filter(isJsonObject)];
  const names = groups.flatMap((group) =>
    Object.entries(KINDS).flatMap(([kind, field]) =>
      list(group[kind]).flatMap((key) =>
        isJsonObject(key) && typeof key[field] === 'string' ? [`${kind} ${key[field]}`] : [],
      ),
    ),
  );
  const vaults = groups.flatMap((group) =>
    list(group['hc_vault']).flatMap((key) =>
      isJsonObject(key) && typeof key['vault_address'] === 'string' ? [key['vault_address']] : [],
    ),
  );
  return { names: [...new Set(names)], vaults: [...new Set(vaults)] };
}

/** The values that were encrypted, as they are decrypted; those of a Secret's data also as what they stand for. */
export function decryptedValues(encrypted: JsonValue, decrypted: JsonValue): string[] {
  if (typeof encrypted === 'string')
    return encrypted.startsWith('ENC[') && isPlain(decrypted)
      ? forms(longNumber(decrypted) ?? String(decrypted))
      : [];
  if (Array.isArray(encrypted) && Array.isArray(decrypted))
    return encrypted.flatMap((item, index) => decryptedValues(item, decrypted[index] ?? null));
  if (!isJsonObject(encrypted) || !isJsonObject(decrypted)) return [];
  return Object.entries(encrypted).flatMap(([key, item]) => decryptedValues(item, decrypted[key] ?? null));
}

function isPlain(value: JsonValue): value is string | number | boolean {
  return typeof value !== 'object';
}

function forms(text: string): string[] {
  if (text === '') return [];
  const bytes = /^[A-Za-z0-9+/\s]+=*\s*$/.test(text) ? Buffer.from(text, 'base64') : undefined;
  const inner = bytes?.toString('utf8');
  const isText = inner !== undefined && inner !== '' && !inner.includes('\uFFFD');
  return isText ? [text, inner] : [text];
}

function list(value: JsonValue | undefined): JsonValue[] {
  return Array.isArray(value) ? value : [];
}
