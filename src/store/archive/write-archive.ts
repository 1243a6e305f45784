import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { link, open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { PlumblineError } from '../../util/errors.ts';
import { MANIFEST, type Manifest } from './manifest.ts';
import { tarEnd, tarEntry } from './tar.ts';

/** Adds one file to the archive that is being written. */
export type AddFile = (name: string, bytes: Buffer) => Promise<void>;

/**
 * Writes a new archive (tar, gzip) at `path`, mode 0600: what `fill` adds, then the manifest, which gets the checksums of
 * all that was added. The file appears only when it is complete and on disk.
 * @throws PlumblineError `backup_exists` when there is a file at `path`
 */
export async function writeArchive(
  path: string,
  manifest: Manifest,
  fill: (add: AddFile) => Promise<void>,
): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  const gzip = createGzip();
  const written = pipeline(gzip, createWriteStream(temporary, { mode: 0o600, flags: 'wx', flush: true }));
  // Awaited below; a failure before that must not count as unhandled.
  written.catch(() => undefined);
  const time = Date.parse(manifest.created_at);
  const push = async (bytes: Buffer): Promise<void> => {
    if (!gzip.write(bytes)) await Promise.race([once(gzip, 'drain'), written]);
  };
  const add: AddFile = async (name, bytes) => {
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    manifest.files.push({ name, size_bytes: bytes.length, sha256 });
    await push(tarEntry({ name, bytes }, time));
  };
  try {
    await fill(add);
    await push(tarEntry({ name: MANIFEST, bytes: Buffer.from(`${JSON.stringify(manifest)}\n`) }, time));
    gzip.end(tarEnd());
    await written;
    await publish(temporary, path);
  } finally {
    gzip.destroy();
    await written.catch(() => undefined);
    await rm(temporary, { force: true });
  }
}

/** A link, unlike a rename, never replaces an earlier backup. */
async function publish(temporary: string, path: string): Promise<void> {
  try {
    await link(temporary, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new PlumblineError('backup_exists', `There is already a file at ${path}: give another name.`);
  }
  const folder = await open(dirname(path), 'r');
  await folder.sync().catch(() => undefined);
  await folder.close();
}
