import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  verify,
} from 'node:crypto';

/** An Ed25519 key pair: PKCS #8 and SPKI, both PEM. */
export interface SigningPair {
  privatePem: string;
  publicPem: string;
}

/** A new random key pair. */
export function newSigningPair(): SigningPair {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return {
    privatePem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  };
}

/**
 * The public key of a private one.
 * @throws TypeError when the text is no Ed25519 private key
 */
export function publicPemOf(privatePem: string): string {
  const key = createPrivateKey(privatePem);
  if (key.asymmetricKeyType !== 'ed25519') throw new TypeError('this is not an Ed25519 private key');
  return createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString();
}

/**
 * A public key's name, 16 hex digits of the SHA-256 of its DER form: may be stored and shown.
 * @throws TypeError when the text is no Ed25519 public key
 */
export function publicKeyId(publicPem: string): string {
  const key = createPublicKey(publicPem);
  if (key.asymmetricKeyType !== 'ed25519') throw new TypeError('this is not an Ed25519 public key');
  const der = key.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(der).digest('hex').slice(0, 16);
}

/** Signs a text (UTF-8): base64url. The same key and text give the same signature. */
export function signText(privatePem: string, text: string): string {
  return sign(null, Buffer.from(text, 'utf8'), createPrivateKey(privatePem)).toString('base64url');
}

/** Whether a signature in base64url was made over this text with that key. Never throws for a strange signature. */
export function verifyText(publicPem: string, text: string, signature: string): boolean {
  const bytes = Buffer.from(signature, 'base64url');
  // Node skips what isn't base64url; writing it back tells, so that a signature has one spelling only.
  if (bytes.length !== 64 || bytes.toString('base64url') !== signature) return false;
  return verify(null, Buffer.from(text, 'utf8'), createPublicKey(publicPem), bytes);
}
