import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isBeingWritten } from './open-files.ts';

describe('isBeingWritten', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'plumbline-open-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it.each([
    ['a', true],
    ['r+', true],
    ['r', false],
  ])('of a file that is open as %s is %s, until it is closed', async (flags, written) => {
    const path = join(folder, 'output');
    await writeFile(path, 'x');
    const file = await open(path, flags);
    expect(await isBeingWritten(path)).toBe(written);
    await file.close();
    expect(await isBeingWritten(path)).toBe(false);
  });

  it('is false of a file that is not there', async () => {
    expect(await isBeingWritten(join(folder, 'nothing'))).toBe(false);
  });
});
