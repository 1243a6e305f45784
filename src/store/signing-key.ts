import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '../util/atomic-write.ts';
import { newSigningPair, publicKeyId, publicPemOf, signText, verifyText } from '../util/ed25519.ts';
import { PlumblineError } from '../util/errors.ts';

/** Checks what was signed; holds nothing secret. */
export interface VerifyKey {
  /** Name of the current key. */
  keyId: string;
  publicPem: string;
  /** All keys that are listed, by their names: PEM. */
  publicKeys: Readonly<Record<string, string>>;
  /** Whether the current key, or one of before that is still listed, signed this text. */
  verify(text: string, signature: string): boolean;
}

/** Signs decisions and heads of the audit chain. Only `serve` and `up` hold one. */
export interface SigningKey extends VerifyKey {
  /** Ed25519 over the text, base64url. */
  sign(text: string): string;
}

/** The private key's file under `keys/`, which is no data key. */
export const SIGNING_KEY_FILE = 'decisions.key';
const PUBLIC_FILE = 'decisions.pub';

/**
 * The decisions' signing key, `keys/decisions.key` under `dataDir`, and beside it `keys/decisions.pub` for the workers.
 * Only with `create` a missing key is made (mode 0600); two processes that do so at once get the same key. A key that was
 * put in place of another stays first in the public file, where those of before go on to verify.
 * @throws PlumblineError `signing_key_missing`, `signing_key_invalid`, `signing_key_mode`
 */
export async function loadSigningKey(options: { dataDir: string; create: boolean }): Promise<SigningKey> {
  const folder = join(options.dataDir, 'keys');
  const path = join(folder, SIGNING_KEY_FILE);
  if (!(await exists(path))) {
    if (!options.create) throw missing(path);
    await createKey(folder);
  }
  const privatePem = await readPrivate(path);
  const publicPem = guarded(path, () => publicPemOf(privatePem));
  const known = await readPublic(join(folder, PUBLIC_FILE));
  if (known[0] !== publicPem) {
    const text = [publicPem, ...known.filter((pem) => pem !== publicPem)].join('');
    await writeFileAtomic(join(folder, PUBLIC_FILE), text, { mode: 0o644 });
  }
  return {
    ...verifier(publicPem, [publicPem, ...known]),
    sign: (text) => signText(privatePem, text),
  };
}

/**
 * What workers need: the public key, `keys/decisions.pub` under `dataDir`. The file may list several keys, the current first.
 * @throws PlumblineError `verify_key_missing`, `signing_key_invalid`
 */
export async function loadVerifyKey(options: { dataDir: string }): Promise<VerifyKey> {
  const path = join(options.dataDir, 'keys', PUBLIC_FILE);
  const [current, ...older] = await readPublic(path);
  if (current !== undefined) return verifier(current, [current, ...older]);
  throw new PlumblineError(
    'verify_key_missing',
    `There is no public key to check decisions with: ${path} is missing. \`plumbline serve\` and \`plumbline up\` write it ` +
      'beside their signing key; copy it here, or share data_dir with serve.',
    { details: { path } },
  );
}

function verifier(publicPem: string, all: readonly string[]): VerifyKey {
  return {
    keyId: publicKeyId(publicPem),
    publicPem,
    publicKeys: Object.fromEntries(all.map((pem) => [publicKeyId(pem), pem])),
    verify: (text, signature) => all.some((pem) => verifyText(pem, text, signature)),
  };
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false;
      throw error;
    },
  );
}

async function createKey(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const temporary = join(folder, `.${SIGNING_KEY_FILE}.${randomBytes(8).toString('hex')}`);
  const file = await open(temporary, 'wx', 0o600);
  try {
    await file.writeFile(newSigningPair().privatePem);
    await file.sync();
    // A link, unlike a rename, never replaces the key that another process has made meanwhile.
    await link(temporary, join(folder, SIGNING_KEY_FILE));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await file.close();
    await rm(temporary, { force: true });
  }
}

async function readPrivate(path: string): Promise<string> {
  const { mode } = await stat(path);
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
    throw new PlumblineError(
      'signing_key_mode',
      `The signing key ${path} can be used by others than its owner (mode ${(mode & 0o777).toString(8)}). Run: chmod 600 ${path}`,
    );
  }
  return readFile(path, 'utf8');
}

/** The keys of a public file; none when there is no file. */
async function readPublic(path: string): Promise<string[]> {
  if (!(await exists(path))) return [];
  const text = await readFile(path, 'utf8');
  const blocks = text.match(/-----BEGIN PUBLIC KEY-----[^-]+-----END PUBLIC KEY-----/g) ?? [];
  return blocks.map((block) => {
    const pem = `${block}\n`;
    guarded(path, () => publicKeyId(pem));
    return pem;
  });
}

function guarded<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new PlumblineError('signing_key_invalid', `${path} does not hold an Ed25519 key in PEM form.`, {
      cause,
    });
  }
}

function missing(path: string): PlumblineError {
  return new PlumblineError(
    'signing_key_missing',
    `There is no key to sign decisions with: ${path} is missing. \`plumbline up\` makes it; elsewhere make it once with: ` +
      `(umask 077; openssl genpkey -algorithm ed25519 -out ${path})`,
    { details: { path } },
  );
}
