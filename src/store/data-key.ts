import { hkdfSync } from 'node:crypto';
import { PlumblineError } from '../util/errors.ts';
import { createKeyFile, readKeyFiles } from './key-files.ts';

/** A key of 32 bytes and its name. The name is derived from the key, so it may be stored and shown. */
export interface NamedKey {
  id: string;
  bytes: Uint8Array;
}

/** The keys that protect what Plumbline stores. */
export interface DataKey extends NamedKey {
  /** For `planDigest`: derived, so that a digest says nothing about the key itself. */
  digestKey: Uint8Array;
  /** Keys of before: what they encrypted can still be read. */
  older: readonly NamedKey[];
}

const KEY_BYTES = 32;

/**
 * The data key: the first of `fromEnv` (base64 of exactly 32 bytes; several are separated by commas, the first is the
 * current one), else `keys/data.key` under `dataDir`. All others there and all `keys/*.key` can still decrypt.
 * Only with `create` a missing file is made (mode 0600, random); two processes that do so at once get the same key.
 * @throws PlumblineError `data_key_missing`, `data_key_invalid`, `data_key_mode`
 */
export async function loadDataKey(options: {
  dataDir: string;
  fromEnv: string | null;
  create: boolean;
}): Promise<DataKey> {
  const given = (options.fromEnv ?? '')
    .split(',')
    .map((text) => text.trim())
    .filter((text) => text !== '');
  const fromEnv = given.map((text) => namedKey(text, 'PLUMBLINE_DATA_KEY'));
  let files = await readKeyFiles(options.dataDir);
  if (fromEnv.length === 0 && !files.current) {
    if (!options.create) throw missing(options.dataDir);
    await createKeyFile(options.dataDir);
    files = await readKeyFiles(options.dataDir);
  }
  const fromFiles = [...(files.current ? [files.current] : []), ...files.older].map((file) =>
    namedKey(file.text, file.path),
  );
  const [current, ...older] = [...fromEnv, ...fromFiles];
  if (!current) throw missing(options.dataDir);
  return {
    ...current,
    digestKey: derive(current.bytes, 'plan digest'),
    older: older.filter((key) => key.id !== current.id),
  };
}

/** A key of 32 bytes for one purpose, from which neither the key nor those for other purposes can be told (HKDF-SHA-256). */
export function derive(key: Uint8Array, purpose: string, length = KEY_BYTES): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', key, 'plumbline', purpose, length));
}

function namedKey(text: string, source: string): NamedKey {
  const bytes = Buffer.from(text.trim(), 'base64');
  // Node skips what isn't base64; writing it back tells.
  if (bytes.length !== KEY_BYTES || bytes.toString('base64') !== text.trim()) {
    throw new PlumblineError(
      'data_key_invalid',
      `${source} does not hold base64 of exactly ${KEY_BYTES} bytes. Make a key with: openssl rand -base64 32`,
    );
  }
  return { id: Buffer.from(derive(bytes, 'key id', 8)).toString('hex'), bytes };
}

function missing(dataDir: string): PlumblineError {
  return new PlumblineError(
    'data_key_missing',
    `There is no data key, which encrypts stored plans: neither PLUMBLINE_DATA_KEY is set, nor is there ${dataDir}/keys/data.key. ` +
      'Either set PLUMBLINE_DATA_KEY to the output of `openssl rand -base64 32` (the same for serve and all workers), ' +
      'or run `plumbline up` once with this data_dir, which makes the file.',
    { details: { dataDir } },
  );
}
