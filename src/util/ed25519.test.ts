import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { newSigningPair, publicKeyId, publicPemOf, signText, verifyText } from './ed25519.ts';

describe('signText and verifyText', () => {
  const pair = newSigningPair();

  it('agree about a text, and only about that text and key', () => {
    const signature = signText(pair.privatePem, 'apply it – ja');
    expect(signature).toMatch(/^[\w-]{86}$/);
    expect(verifyText(pair.publicPem, 'apply it – ja', signature)).toBe(true);
    expect(verifyText(pair.publicPem, 'apply it – nein', signature)).toBe(false);
    expect(verifyText(newSigningPair().publicPem, 'apply it – ja', signature)).toBe(false);
  });

  it.each(['', 'x', 'not base64url!', `${'A'.repeat(86)}=`, 'A'.repeat(86), 'A'.repeat(400)])(
    'take %j for no signature, without throwing',
    (signature) => {
      expect(verifyText(pair.publicPem, 'text', signature)).toBe(false);
    },
  );
});

describe('publicPemOf and publicKeyId', () => {
  it('name a pair by its public half', () => {
    const pair = newSigningPair();
    expect(publicPemOf(pair.privatePem)).toBe(pair.publicPem);
    expect(publicKeyId(pair.publicPem)).toMatch(/^[0-9a-f]{16}$/);
    expect(publicKeyId(newSigningPair().publicPem)).not.toBe(publicKeyId(pair.publicPem));
  });

  it('refuse keys of another kind', () => {
    const { privateKey, publicKey } = generateKeyPairSync('x25519');
    const privatePem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const publicPem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
    expect(() => publicPemOf(privatePem)).toThrow(TypeError);
    expect(() => publicKeyId(publicPem)).toThrow(TypeError);
  });
});
