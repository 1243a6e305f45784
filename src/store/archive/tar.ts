import { PlumblineError } from '../../util/errors.ts';

const BLOCK = 512;

/** One file of an archive. */
export interface TarEntry {
  name: string;
  bytes: Buffer;
}

/** The bytes of one file in a tar archive (ustar): header, content, padding. Names have at most 100 ASCII characters. */
export function tarEntry({ name, bytes }: TarEntry, modifiedAtMs: number): Buffer {
  const header = Buffer.alloc(BLOCK);
  header.write(name, 0, 100, 'ascii');
  header.write('0000600\0', 100, 'ascii');
  header.write('0000000\0', 108, 'ascii');
  header.write('0000000\0', 116, 'ascii');
  header.write(octal(bytes.length), 124, 'ascii');
  header.write(octal(Math.floor(modifiedAtMs / 1000)), 136, 'ascii');
  header.write('        ', 148, 'ascii');
  header.write('0', 156, 'ascii');
  header.write('ustar\u000000', 257, 'ascii');
  header.write(`${checksum(header).toString(8).padStart(6, '0')}\0 `, 148, 'ascii');
  const padding = (BLOCK - (bytes.length % BLOCK)) % BLOCK;
  return Buffer.concat([header, bytes, Buffer.alloc(padding)]);
}

/** What ends an archive. */
export function tarEnd(): Buffer {
  return Buffer.alloc(2 * BLOCK);
}

/**
 * Reads an archive that `tarEntry` wrote, one file in memory at a time.
 * @throws PlumblineError `backup_corrupt` when it is not one or ends too early
 */
export async function* readTar(source: AsyncIterable<Buffer>): AsyncGenerator<TarEntry> {
  const take = taker(source);
  for (;;) {
    const header = await take(BLOCK);
    if (header.every((byte) => byte === 0)) return;
    const stored = Number.parseInt(header.toString('ascii', 148, 154), 8);
    header.fill(' ', 148, 156);
    if (stored !== checksum(header)) throw damaged('the header of a file in it is wrong');
    const sizeBytes = Number.parseInt(header.toString('ascii', 124, 135), 8);
    const end = header.indexOf(0);
    const name = header.toString('ascii', 0, end === -1 ? 100 : Math.min(end, 100));
    const bytes = await take(sizeBytes);
    await take((BLOCK - (sizeBytes % BLOCK)) % BLOCK);
    yield { name, bytes };
  }
}

/** The error for an archive that can't be trusted. */
export function damaged(why: string, cause?: unknown): PlumblineError {
  return new PlumblineError(
    'backup_corrupt',
    `The backup is damaged: ${why}. Nothing was restored; use another one.`,
    { cause },
  );
}

function taker(source: AsyncIterable<Buffer>): (count: number) => Promise<Buffer> {
  const chunks = source[Symbol.asyncIterator]();
  let kept: Buffer[] = [];
  let size = 0;
  return async (count) => {
    while (size < count) {
      const next = await chunks.next();
      if (next.done) throw damaged('it ends too early');
      kept.push(next.value);
      size += next.value.length;
    }
    const all = kept.length === 1 ? kept[0]! : Buffer.concat(kept);
    kept = [all.subarray(count)];
    size -= count;
    return Buffer.from(all.subarray(0, count));
  };
}

function octal(value: number): string {
  return `${value.toString(8).padStart(11, '0')}\0`;
}

function checksum(header: Buffer): number {
  return header.reduce((sum, byte) => sum + byte, 0);
}
