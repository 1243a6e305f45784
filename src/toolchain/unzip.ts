import { open, type FileHandle } from 'node:fs/promises';
import { promisify } from 'node:util';
import { crc32, inflateRaw } from 'node:zlib';
import { PlumblineError } from '../util/errors.ts';

const inflate = promisify(inflateRaw);

const END_SIGNATURE = 0x06054b50;
const END_BYTES = 22;
const LONGEST_COMMENT = 0xffff;
const ENTRY_SIGNATURE = 0x02014b50;
const ENTRY_BYTES = 46;
const LOCAL_BYTES = 30;
const STORED = 0;
const DEFLATED = 8;
const LARGEST_BYTES = 1024 ** 3;

interface Entry {
  method: number;
  crc: number;
  packedBytes: number;
  bytes: number;
  offset: number;
}

/**
 * Reads one file out of a zip archive, its checksum verified. Only what release archives are made of: no encryption, no
 * zip64, at most 1 GiB.
 * @throws PlumblineError `archive_invalid`
 */
export async function readZipEntry(path: string, name: string): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const entry = findEntry(await readDirectory(file), name);
    if (entry === null || entry.bytes > LARGEST_BYTES) throw invalid(`it has no file ${name}`);
    const local = await readAt(file, entry.offset, LOCAL_BYTES);
    const start = entry.offset + LOCAL_BYTES + local.readUInt16LE(26) + local.readUInt16LE(28);
    const packed = await readAt(file, start, entry.packedBytes);
    if (entry.method !== STORED && entry.method !== DEFLATED) throw invalid('its compression is not known');
    const content =
      entry.method === STORED ? packed : await inflate(packed, { maxOutputLength: entry.bytes + 1 });
    if (content.length !== entry.bytes || crc32(content) !== entry.crc) throw invalid(`${name} is damaged`);
    return content;
  } catch (error) {
    throw error instanceof PlumblineError ? error : invalid('it can’t be read', error);
  } finally {
    await file.close();
  }
}

/** The central directory: what an archive holds is what stands there, whatever the local headers say. */
async function readDirectory(file: FileHandle): Promise<Buffer> {
  const { size } = await file.stat();
  const tailBytes = Math.min(size, END_BYTES + LONGEST_COMMENT);
  const tail = await readAt(file, size - tailBytes, tailBytes);
  for (let at = tail.length - END_BYTES; at >= 0; at -= 1) {
    if (tail.readUInt32LE(at) === END_SIGNATURE) {
      return await readAt(file, tail.readUInt32LE(at + 16), tail.readUInt32LE(at + 12));
    }
  }
  throw invalid('it is no zip archive');
}

function findEntry(directory: Buffer, name: string): Entry | null {
  let at = 0;
  while (at + ENTRY_BYTES <= directory.length && directory.readUInt32LE(at) === ENTRY_SIGNATURE) {
    const nameBytes = directory.readUInt16LE(at + 28);
    const found = directory.toString('utf8', at + ENTRY_BYTES, at + ENTRY_BYTES + nameBytes);
    if (found === name) {
      return {
        method: directory.readUInt16LE(at + 10),
        crc: directory.readUInt32LE(at + 16),
        packedBytes: directory.readUInt32LE(at + 20),
        bytes: directory.readUInt32LE(at + 24),
        offset: directory.readUInt32LE(at + 42),
      };
    }
    at += ENTRY_BYTES + nameBytes + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
  }
  return null;
}

async function readAt(file: FileHandle, position: number, bytes: number): Promise<Buffer> {
  const buffer = Buffer.alloc(bytes);
  const { bytesRead } = await file.read(buffer, 0, bytes, position);
  if (bytesRead !== bytes) throw invalid('it is cut off');
  return buffer;
}

function invalid(why: string, cause?: unknown): PlumblineError {
  return new PlumblineError('archive_invalid', `The archive can't be used: ${why}.`, { cause });
}
