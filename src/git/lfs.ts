import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { TreeEntry } from './tree-listing.ts';

/** https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md */
const POINTER_START = 'version https://git-lfs.github.com/spec/v1\n';
const SHORTEST_POINTER_BYTES = 120;
const LONGEST_POINTER_BYTES = 512;
const AT_ONCE = 16;

/** Paths of the files that are Git LFS pointers, not the content that they stand for. */
export async function findLfsPointers(tree: string, entries: readonly TreeEntry[]): Promise<string[]> {
  const candidates = entries.filter(
    ({ kind, sizeBytes }) =>
      kind === 'file' && sizeBytes >= SHORTEST_POINTER_BYTES && sizeBytes <= LONGEST_POINTER_BYTES,
  );
  const found: string[] = [];
  for (let start = 0; start < candidates.length; start += AT_ONCE) {
    const some = candidates.slice(start, start + AT_ONCE);
    const are = await Promise.all(some.map(async ({ path }) => await isPointer(join(tree, path))));
    found.push(...some.filter((_, index) => are[index]).map(({ path }) => path));
  }
  return found;
}

async function isPointer(path: string): Promise<boolean> {
  const file = await open(path, 'r').catch(() => null);
  if (file === null) return false;
  try {
    const { buffer, bytesRead } = await file.read(
      Buffer.alloc(POINTER_START.length),
      0,
      POINTER_START.length,
      0,
    );
    return buffer.toString('latin1', 0, bytesRead) === POINTER_START;
  } finally {
    await file.close();
  }
}
