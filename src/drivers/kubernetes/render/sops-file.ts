import { isSopsDocument, sopsKeys, type SopsKeys } from './sops-document.ts';
import { readYamlDocuments } from './yaml-documents.ts';

/** A whole file that SOPS has encrypted, as generators put it into a Secret. */
export interface SopsFile {
  /** As SOPS calls formats; a binary file is JSON once it is encrypted. */
  format: 'json' | 'yaml' | 'dotenv' | 'ini';
  keys: SopsKeys;
}

const DOCUMENT = /(?:^|\n)sops:|"sops"\s*:/;
const OUTPUTS: Readonly<Record<string, string>> = {
  yaml: 'yaml',
  yml: 'yaml',
  json: 'json',
  env: 'dotenv',
  ini: 'ini',
};

/** What SOPS has made of a file's text; undefined of one that it hasn't encrypted. */
export function readSopsFile(text: string): SopsFile | undefined {
  if (DOCUMENT.test(text)) {
    const documents = readYamlDocuments(text).map(({ value }) => value);
    const encrypted = documents.find(isSopsDocument);
    if (encrypted !== undefined)
      return { format: text.trimStart().startsWith('{') ? 'json' : 'yaml', keys: sopsKeys(encrypted) };
  }
  if (/^sops_mac=/m.test(text)) return { format: 'dotenv', keys: flatKeys(text) };
  return /^\[sops\]/m.test(text) ? { format: 'ini', keys: flatKeys(text) } : undefined;
}

/** The format that a file of this name has once it is decrypted. */
export function decryptedFormat(name: string): string {
  return OUTPUTS[/\.([^.]+)$/.exec(name)?.[1] ?? ''] ?? 'binary';
}

/** Formats without depth keep each fact in a line of its own, such as `sops_age__list_0__map_recipient=age1…`. */
function flatKeys(text: string): SopsKeys {
  const facts = Array.from(text.matchAll(/^(?:sops_)?(\w+?)__list_\d+__map_(\w+)\s*=\s*(\S+)/gm));
  const named = facts.filter(([, , field = '']) => ['recipient', 'fp', 'arn', 'key_name'].includes(field));
  return {
    names: named.map(([, kind = '', , value = '']) => `${kind} ${value}`),
    vaults: facts.flatMap(([, , field, value = '']) => (field === 'vault_address' ? [value] : [])),
  };
}
