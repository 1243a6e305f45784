import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { PlumblineError } from '../util/errors.ts';
import { SIGNING_KEY_FILE } from './signing-key.ts';

const CURRENT = 'data.key';

/** The text of one key file. */
export interface KeyFile {
  path: string;
  text: string;
}

/**
 * Reads `keys/data.key` and, as older keys, all other `keys/*.key` but the one that signs decisions.
 * @throws PlumblineError `data_key_mode` when others than the owner may read one
 */
export async function readKeyFiles(dataDir: string): Promise<{ current: KeyFile | null; older: KeyFile[] }> {
  const folder = join(dataDir, 'keys');
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const files = await Promise.all(
    names
      .filter((name) => name.endsWith('.key') && name !== SIGNING_KEY_FILE)
      .sort()
      .map((name) => readKeyFile(join(folder, name))),
  );
  return {
    current: files.find((file) => file.path === join(folder, CURRENT)) ?? null,
    older: files.filter((file) => file.path !== join(folder, CURRENT)),
  };
}

/** Makes `keys/data.key` with a random key, mode 0600. One that is there already stays as it is. */
export async function createKeyFile(dataDir: string): Promise<void> {
  const folder = join(dataDir, 'keys');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const temporary = join(folder, `.${CURRENT}.${randomBytes(8).toString('hex')}`);
  const file = await open(temporary, 'wx', 0o600);
  try {
    await file.writeFile(`${randomBytes(32).toString('base64')}\n`);
    await file.sync();
    // A link, unlike a rename, never replaces the key that another process has made meanwhile.
    await link(temporary, join(folder, CURRENT));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await file.close();
    await rm(temporary, { force: true });
  }
}

async function readKeyFile(path: string): Promise<KeyFile> {
  const { mode } = await stat(path);
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
    throw new PlumblineError(
      'data_key_mode',
      `The key file ${path} can be used by others than its owner (mode ${(mode & 0o777).toString(8)}). ` +
        `Run: chmod 600 ${path}`,
    );
  }
  return { path, text: await readFile(path, 'utf8') };
}
