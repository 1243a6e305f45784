import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PlumblineError } from '../util/errors.ts';
import { exec } from '../util/exec.ts';

const GPG_TIMEOUT_MS = 30_000;

/**
 * Verifies a detached signature with gpg, in a key ring of its own that holds this one key.
 * A key that has expired since still counts: vendors prolong theirs, and the copy here doesn't learn of it.
 * @param key an armored public key
 * @throws PlumblineError `signature_invalid`
 */
export async function verifySignature(
  gpg: string,
  parts: { key: string; data: Uint8Array; signature: Uint8Array },
  options: { env: Readonly<Record<string, string>>; signal?: AbortSignal | undefined },
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'plumbline-gpg-'));
  try {
    await writeFile(join(folder, 'key.gpg'), dearmor(parts.key));
    await writeFile(join(folder, 'data'), parts.data);
    await writeFile(join(folder, 'data.sig'), parts.signature);
    const { stdout, stderr, exitCode } = await exec(
      gpg,
      // prettier-ignore
      ['--batch', '--no-tty', '--homedir', folder, '--no-default-keyring', '--keyring', join(folder, 'key.gpg'),
        '--trust-model', 'always', '--status-fd', '1', '--verify', 'data.sig', 'data'],
      { cwd: folder, env: options.env, signal: options.signal, timeoutMs: GPG_TIMEOUT_MS, reject: false },
    );
    const said = (word: string) => stdout.split('\n').some((line) => line.startsWith(`[GNUPG:] ${word} `));
    if (exitCode !== 0 || !said('VALIDSIG') || said('REVKEYSIG') || said('BADSIG')) {
      throw new PlumblineError(
        'signature_invalid',
        'The signature of the checksums does not match the vendor’s key.',
        {
          details: { exitCode, stderr },
        },
      );
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The bytes of an armored key: gpg reads key rings only without their armor. */
function dearmor(key: string): Buffer {
  const block = /-----BEGIN PGP PUBLIC KEY BLOCK-----([\s\S]+?)-----END PGP PUBLIC KEY BLOCK-----/.exec(
    key,
  )?.[1];
  if (block === undefined)
    throw new PlumblineError('signature_invalid', 'The vendor’s key is no armored public key.');
  // Headers end at an empty line; the line that begins with = is the armor's own checksum.
  const body = block.slice(block.search(/\n\r?\n/)).split('\n');
  return Buffer.from(body.filter((line) => !line.startsWith('=')).join(''), 'base64');
}
