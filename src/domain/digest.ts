import { createHmac } from 'node:crypto';
import { canonicalJson } from './canonical-json.ts';
import type { JsonValue } from './json.ts';

/** Keeps these digests apart from anything else that is signed with the same key. */
const PURPOSE = 'plumbline plan digest v1\n';

/**
 * What an approval is bound to: `v1:sha256:<64 hex digits>`, HMAC-SHA-256 over the canonical JSON of a plan's identity.
 * With a key, so that nobody can guess the secrets of a plan by trying values. The same key and identity give the same digest.
 * @throws TypeError when the identity holds what JSON can't hold
 */
export function planDigest(key: Uint8Array, identity: JsonValue): string {
  const hex = createHmac('sha256', key).update(PURPOSE).update(canonicalJson(identity)).digest('hex');
  return `v1:sha256:${hex}`;
}
