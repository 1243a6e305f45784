import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { PlumblineError } from '../../util/errors.ts';
import { MANIFEST, type Manifest, parseManifest } from './manifest.ts';
import { damaged, readTar, type TarEntry } from './tar.ts';

/**
 * The files of an archive in their order, one in memory at a time.
 * @throws PlumblineError `backup_corrupt`, `backup_unreadable`
 */
export async function* readArchive(path: string): AsyncGenerator<TarEntry> {
  const gunzip = createGunzip();
  const read = pipeline(createReadStream(path), gunzip);
  read.catch(() => undefined);
  try {
    yield* readTar(gunzip as AsyncIterable<Buffer>);
  } catch (error) {
    throw readError(path, error);
  } finally {
    gunzip.destroy();
    await read.catch(() => undefined);
  }
}

/**
 * Reads a whole archive and checks every file in it against the manifest, in content, size and order.
 * @throws PlumblineError `backup_corrupt`, `backup_unreadable`
 */
export async function verifyArchive(path: string): Promise<Manifest> {
  const found: Manifest['files'] = [];
  let manifest: Manifest | undefined;
  for await (const { name, bytes } of readArchive(path)) {
    if (manifest) throw damaged('there is something after its manifest');
    if (name === MANIFEST) {
      manifest = parseManifest(bytes);
    } else {
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      found.push({ name, size_bytes: bytes.length, sha256 });
    }
  }
  if (!manifest) throw damaged('it has no manifest');
  const { files } = manifest;
  const wrong = found.findIndex((file, index) => JSON.stringify(file) !== JSON.stringify(files[index]));
  if (wrong !== -1) throw damaged(`the file ${found[wrong]!.name} in it is not what its manifest says`);
  if (found.length !== files.length) throw damaged(`${files.length - found.length} files of it are missing`);
  return manifest;
}

function readError(path: string, error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (error instanceof PlumblineError) return error;
  if (code?.startsWith('Z_')) return damaged('it is not complete, or not a gzip file', error);
  return new PlumblineError(
    'backup_unreadable',
    `The backup ${path} can't be read: ${(error as Error).message}.`,
    {
      cause: error,
    },
  );
}
