import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { writeFileAtomic } from '../../util/atomic-write.ts';
import type { BlobStore } from './blob-store.ts';
import { digestOfBlob } from './digest.ts';

/** Blobs as files below `root` (mode 0600), which several processes and hosts may share. */
export function createFileBlobs(root: string): BlobStore {
  return {
    async put(name, bytes) {
      const path = join(root, name);
      if (await refresh(path, bytes.length)) return;
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      await writeFileAtomic(path, bytes);
    },
    get: (name) => unlessMissing(readFile(join(root, name))),
    async remove(name, minimumAgeMs) {
      const path = join(root, name);
      const found = await unlessMissing(stat(path));
      if (!found || isYoung(found, minimumAgeMs)) return;
      // Moved away before its age is looked at again: a `put` after the move writes anew, one before it is seen here.
      const away = `${path}.${randomUUID()}.gone`;
      await unlessMissing(rename(path, away));
      const moved = await unlessMissing(stat(away));
      if (moved && isYoung(moved, minimumAgeMs)) await unlessMissing(rename(away, path));
      else await rm(away, { force: true });
    },
    async *old(minimumAgeMs) {
      for (const folder of (await unlessMissing(readdir(root))) ?? []) {
        const files = await readdir(join(root, folder)).catch(() => []);
        const found: string[] = [];
        for (const name of files.map((file) => `${folder}/${file}`).filter(digestOfBlob)) {
          const file = await unlessMissing(stat(join(root, name)));
          if (file && !isYoung(file, minimumAgeMs)) found.push(name);
        }
        if (found.length > 0) yield found;
      }
    },
    async list(folder) {
      const names = (await unlessMissing(readdir(join(root, folder)))) ?? [];
      const files = await Promise.all(names.map((name) => unlessMissing(stat(join(root, folder, name)))));
      return names.flatMap((name, index) => {
        const file = files[index];
        return file ? [{ name, ageMs: Date.now() - file.mtimeMs }] : [];
      });
    },
  };
}

/** Whether the file is there in full; its age starts anew then. One of another size is a damaged one: to be written again. */
async function refresh(path: string, sizeBytes: number): Promise<boolean> {
  const now = new Date();
  const touched = await unlessMissing(utimes(path, now, now).then(() => true));
  if (!touched) return false;
  const found = await unlessMissing(stat(path));
  return found?.size === sizeBytes;
}

function isYoung(file: { mtimeMs: number }, minimumAgeMs: number): boolean {
  return Date.now() - file.mtimeMs < minimumAgeMs;
}

async function unlessMissing<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
