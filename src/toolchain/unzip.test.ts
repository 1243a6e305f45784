import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readZipEntry } from './unzip.ts';

let folder: string;
let archive: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plumbline-unzip-'));
  archive = join(folder, 'a.zip');
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function zip(files: Record<string, string | Buffer>, ...options: string[]): Promise<void> {
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  execFileSync('zip', ['-q', ...options, archive, ...Object.keys(files)], { cwd: folder });
}

describe('readZipEntry', () => {
  it('reads a compressed and a stored file', async () => {
    const large = Buffer.alloc(1_000_000, 'plumbline ');
    await zip({ first: 'one', large });
    expect((await readZipEntry(archive, 'large')).equals(large)).toBe(true);
    await rm(archive);
    await zip({ first: 'one', empty: '' }, '-0');
    expect((await readZipEntry(archive, 'first')).toString()).toBe('one');
    expect(await readZipEntry(archive, 'empty')).toHaveLength(0);
  });

  it('finds the directory behind an archive comment', async () => {
    await zip({ first: 'one' });
    execFileSync('zip', ['-q', '-z', archive], { cwd: folder, input: 'A comment\n.\n' });
    expect((await readZipEntry(archive, 'first')).toString()).toBe('one');
  });

  it('refuses a file that is not there, a damaged one, and what is no archive', async () => {
    await zip({ first: 'some content that is stored' }, '-0');
    await expect(readZipEntry(archive, 'second')).rejects.toMatchObject({ code: 'archive_invalid' });
    const bytes = await readFile(archive);
    bytes[bytes.indexOf('content')] = 0;
    await writeFile(archive, bytes);
    await expect(readZipEntry(archive, 'first')).rejects.toMatchObject({ code: 'archive_invalid' });
    await writeFile(archive, bytes.subarray(0, 40));
    await expect(readZipEntry(archive, 'first')).rejects.toMatchObject({ code: 'archive_invalid' });
    await writeFile(archive, '');
    await expect(readZipEntry(archive, 'first')).rejects.toMatchObject({ code: 'archive_invalid' });
  });
});
