import { createCipheriv, createDecipheriv, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { PlumblineError } from '../../util/errors.ts';
import { type DataKey, derive, type NamedKey } from '../data-key.ts';

/**
 * Encrypted content is: `PLA`, the format's version (1), the length of the key's ID, the key's ID, a nonce of 12 bytes,
 * the ciphertext, and a tag of 16 bytes. The header and the digest are authenticated with it, so content can't be passed off as
 * another's.
 */
const MAGIC = Buffer.from([0x50, 0x4c, 0x41, 1]);
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Encrypts and decrypts content with the data key and its older ones. */
export interface Sealer {
  /** What the encrypted form of this content is called under the current key. */
  digest(content: Uint8Array): string;
  keyId: string;
  seal(content: Uint8Array, digest: string): Uint8Array;
  /**
   * Decrypts, and checks the content against its digest.
   * @throws PlumblineError `artifact_corrupt`, `artifact_key_unknown`
   */
  open(sealed: Uint8Array, digest: string): Uint8Array;
}

interface PurposeKeys {
  id: string;
  encryption: Uint8Array;
  address: Uint8Array;
}

/** A sealer that writes with the current key and reads with all. */
export function createSealer(key: DataKey): Sealer {
  const current = purposeKeys(key);
  const all = new Map([key, ...key.older].map((one) => [one.id, purposeKeys(one)]));
  return {
    keyId: current.id,
    digest: (content) => address(current, content),
    seal(content, digest) {
      const header = headerOf(current.id);
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', current.encryption, nonce);
      cipher.setAAD(Buffer.concat([header, Buffer.from(digest)]));
      return Buffer.concat([header, nonce, cipher.update(content), cipher.final(), cipher.getAuthTag()]);
    },
    open(sealed, digest) {
      const { header, id, nonce, ciphertext, tag } = split(Buffer.from(sealed), digest);
      const keys = all.get(id);
      if (!keys) throw keyUnknown(digest, id);
      const cipher = createDecipheriv('aes-256-gcm', keys.encryption, nonce, { authTagLength: TAG_BYTES });
      cipher.setAAD(Buffer.concat([header, Buffer.from(digest)]));
      cipher.setAuthTag(tag);
      let content: Buffer;
      try {
        content = Buffer.concat([cipher.update(ciphertext), cipher.final()]);
      } catch (error) {
        throw corrupt(digest, 'it was changed after it was encrypted', error);
      }
      const found = address(keys, content);
      if (!timingSafeEqual(Buffer.from(found), Buffer.from(digest))) {
        throw corrupt(digest, 'its content does not have this digest');
      }
      return content;
    },
  };
}

/** The error for content that is not what its digest says. */
export function corrupt(digest: string, why: string, cause?: unknown): PlumblineError {
  return new PlumblineError(
    'artifact_corrupt',
    `The stored artifact ${digest} is damaged: ${why}. Scan its stack again to get a new one, or restore a backup.`,
    { cause, details: { digest } },
  );
}

function purposeKeys(key: NamedKey): PurposeKeys {
  return {
    id: key.id,
    encryption: derive(key.bytes, 'artifact encryption'),
    address: derive(key.bytes, 'artifact address'),
  };
}

function address(keys: PurposeKeys, content: Uint8Array): string {
  return `hmac-sha256:${createHmac('sha256', keys.address).update(content).digest('hex')}`;
}

function headerOf(keyId: string): Buffer {
  const id = Buffer.from(keyId, 'ascii');
  return Buffer.concat([MAGIC, Buffer.from([id.length]), id]);
}

function split(sealed: Buffer, digest: string) {
  const idEnd = MAGIC.length + 1 + (sealed[MAGIC.length] ?? 0);
  const bodyStart = idEnd + NONCE_BYTES;
  if (!sealed.subarray(0, MAGIC.length).equals(MAGIC) || sealed.length < bodyStart + TAG_BYTES) {
    throw corrupt(digest, 'it does not begin like an encrypted artifact');
  }
  return {
    header: sealed.subarray(0, idEnd),
    id: sealed.toString('ascii', MAGIC.length + 1, idEnd),
    nonce: sealed.subarray(idEnd, bodyStart),
    ciphertext: sealed.subarray(bodyStart, -TAG_BYTES),
    tag: sealed.subarray(-TAG_BYTES),
  };
}

function keyUnknown(digest: string, id: string): PlumblineError {
  return new PlumblineError(
    'artifact_key_unknown',
    `The artifact ${digest} was encrypted with the key ${id}, which this process doesn't have. ` +
      'Add that key after the current one in PLUMBLINE_DATA_KEY (separated by a comma), or as a further file keys/*.key.',
    { details: { digest, keyId: id } },
  );
}
