import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { testToolchain } from './tools.ts';

const run = promisify(execFile);

/** An age key as its owner and as everybody else writes it. */
export interface AgeKey {
  identity: string;
  recipient: string;
}

/** A fresh age key. Source: https://github.com/C2SP/C2SP/blob/main/age.md#the-x25519-recipient-type */
export function anAgeKey(): AgeKey {
  const { d = '', x = '' } = generateKeyPairSync('x25519').privateKey.export({ format: 'jwk' });
  return {
    identity: bech32('age-secret-key-', Buffer.from(d, 'base64url')).toUpperCase(),
    recipient: bech32('age', Buffer.from(x, 'base64url')),
  };
}

/** Encrypts a file in place with SOPS. @param args which keys and which fields, as the program takes them */
export async function sopsEncrypt(path: string, args: readonly string[], env = {}): Promise<void> {
  const { path: sops } = await testToolchain().resolve('sops', undefined, {});
  await run(sops, ['encrypt', '--in-place', ...args, path], { env: { PATH: process.env['PATH'], ...env } });
}

/** A GnuPG home with a key of its own, and its fingerprint. */
export async function aGpgHome(): Promise<{ home: string; fingerprint: string; remove(): Promise<void> }> {
  // gpg's agent needs a short path for its socket.
  const home = await mkdtemp(join(tmpdir(), 'gpg-'));
  const remove = async () => {
    await run('gpgconf', ['--homedir', home, '--kill', 'all']);
    await rm(home, { recursive: true, force: true });
  };
  const gpg = async (...args: string[]) =>
    await run('gpg', ['--homedir', home, '--batch', '--passphrase', '', ...args]);
  try {
    await gpg('--quick-generate-key', 'Ops <ops@example.com>', 'rsa2048', 'encr', 'never');
    const { stdout } = await gpg('--with-colons', '--list-keys');
    return { home, fingerprint: /^fpr:+([0-9A-F]+):/m.exec(stdout)?.[1] ?? '', remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

const ALPHABET = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
const GENERATOR = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];

function bech32(prefix: string, bytes: Uint8Array): string {
  const words = fiveBits(bytes);
  const head = [...Buffer.from(prefix)];
  const expanded = [...head.map((code) => code >> 5), 0, ...head.map((code) => code & 31)];
  const sum = checksum([...expanded, ...words, 0, 0, 0, 0, 0, 0]) ^ 1;
  const check = [0, 1, 2, 3, 4, 5].map((at) => (sum >> (5 * (5 - at))) & 31);
  return `${prefix}1${[...words, ...check].map((word) => ALPHABET[word]).join('')}`;
}

function fiveBits(bytes: Uint8Array): number[] {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return Array.from(bits.match(/.{1,5}/g) ?? [], (part) => Number.parseInt(part.padEnd(5, '0'), 2));
}

function checksum(words: readonly number[]): number {
  let sum = 1;
  for (const word of words) {
    const top = sum >> 25;
    sum = ((sum & 0x1ffffff) << 5) ^ word;
    for (const [bit, factor] of GENERATOR.entries()) if ((top >> bit) & 1) sum ^= factor;
  }
  return sum;
}
