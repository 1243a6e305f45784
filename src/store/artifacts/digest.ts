import { createHash } from 'node:crypto';
import { PlumblineError } from '../../util/errors.ts';

const DIGEST = /^(sha256|hmac-sha256):([0-9a-f]{64})$/;
const NAME = /^([0-9a-f]{2})\/([0-9a-f]{62})(\.enc)?$/;

/** The digest of content that holds no secrets: `sha256:<hex>`. */
export function plainDigest(content: Uint8Array): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}

/**
 * Where content of this digest is kept, below the store's root: `ab/cdef…`, with `.enc` when it is encrypted.
 * @throws PlumblineError `artifact_missing` when the text is no digest, so it can never lead out of the root
 */
export function blobName(digest: string): string {
  const [, algorithm, hex] = DIGEST.exec(digest) ?? [];
  if (!hex)
    throw new PlumblineError('artifact_missing', `"${digest.slice(0, 100)}" is not an artifact's digest.`);
  return `${hex.slice(0, 2)}/${hex.slice(2)}${algorithm === 'sha256' ? '' : '.enc'}`;
}

/** The digest of the content that is kept under a name; undefined when no content is. */
export function digestOfBlob(name: string): string | undefined {
  const [, folder, file, encrypted] = NAME.exec(name) ?? [];
  if (folder === undefined || file === undefined) return undefined;
  return `${encrypted === undefined ? 'sha256' : 'hmac-sha256'}:${folder}${file}`;
}
