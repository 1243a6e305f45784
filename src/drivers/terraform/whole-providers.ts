import { lstat, rm, writeFile } from 'node:fs/promises';

/**
 * Runs what writes into the plugin cache, for the holder of its lock. Terraform unpacks a provider where it will be used, so
 * that its folder is there before it is whole: a mark beside the cache says since when that may be. What fails or dies leaves
 * the mark, for the next writer to repair what is left; the first mark counts until a writer has ended well.
 * @throws what `work` throws
 */
export async function markedAsFilling(cacheDir: string, work: () => Promise<void>): Promise<void> {
  const mark = markOf(cacheDir);
  await writeFile(mark, '', { flag: 'a' });
  await work();
  await rm(mark, { force: true });
}

/** Whether these folders of the cache are there, and none was touched since somebody who has not ended well began to write. */
export async function areWhole(cacheDir: string, folders: readonly string[]): Promise<boolean> {
  const touched = await Promise.all(folders.map(changedMs));
  // The mark is read last: it is there before a folder is, and until the folder is whole.
  const begun = (await changedMs(markOf(cacheDir))) ?? Infinity;
  return touched.every((at) => at !== undefined && at < begun);
}

function markOf(cacheDir: string): string {
  return `${cacheDir}.filling`;
}

/** Of a link itself, not of what it leads to: a mirror's providers are older than the cache. Undefined when there is none. */
async function changedMs(path: string): Promise<number | undefined> {
  return await lstat(path).then(
    (found) => found.ctimeMs,
    () => undefined,
  );
}
