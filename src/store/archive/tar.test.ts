import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readTar, tarEnd, tarEntry, type TarEntry } from './tar.ts';

const files = fc.array(
  fc.record({
    name: fc.stringMatching(/^[a-z0-9/._-]{1,100}$/),
    bytes: fc.uint8Array({ maxLength: 1500 }).map((bytes) => Buffer.from(bytes)),
  }),
  { maxLength: 5 },
);

function archive(entries: readonly TarEntry[]): Buffer {
  return Buffer.concat([...entries.map((entry) => tarEntry(entry, 1_772_352_000_000)), tarEnd()]);
}

async function read(bytes: Buffer, chunkSize: number): Promise<TarEntry[]> {
  const chunks = [];
  for (let start = 0; start < bytes.length; start += chunkSize) {
    chunks.push(bytes.subarray(start, start + chunkSize));
  }
  const entries = [];
  for await (const entry of readTar(Readable.from(chunks) as AsyncIterable<Buffer>)) entries.push(entry);
  return entries;
}

describe('tar archives', () => {
  it('give back what was written, however the bytes arrive', async () => {
    await fc.assert(
      fc.asyncProperty(files, fc.integer({ min: 1, max: 3000 }), async (entries, chunkSize) => {
        expect(await read(archive(entries), chunkSize)).toEqual(entries);
      }),
      { numRuns: 50 },
    );
  });

  it('can be listed and unpacked by tar itself', () => {
    const folder = mkdtempSync(join(tmpdir(), 'plumbline-tar-'));
    try {
      const path = join(folder, 'a.tar');
      writeFileSync(path, archive([{ name: 'tables/jobs/000001.jsonl', bytes: Buffer.from('{"a":1}\n') }]));
      expect(execFileSync('tar', ['-tf', path], { encoding: 'utf8' })).toBe('tables/jobs/000001.jsonl\n');
      expect(execFileSync('tar', ['-xOf', path], { encoding: 'utf8' })).toBe('{"a":1}\n');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('that end too early or have a wrong header are refused', async () => {
    const bytes = archive([{ name: 'a', bytes: Buffer.from('x') }]);
    await expect(read(bytes.subarray(0, 600), 100)).rejects.toMatchObject({ code: 'backup_corrupt' });
    bytes[0]! ^= 1;
    await expect(read(bytes, 100)).rejects.toMatchObject({ code: 'backup_corrupt' });
  });
});
