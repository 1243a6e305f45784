import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rotateLog } from './rotate-log.ts';

describe('rotateLog', () => {
  let folder: string;
  let path: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'plumbline-log-'));
    path = join(folder, 'temporal.log');
  });
  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it('puts a log aside that is too large, and keeps one old one', async () => {
    await writeFile(path, 'first');
    await rotateLog(path, 4);
    await writeFile(path, 'second');
    await rotateLog(path, 4);
    expect(await readdir(folder)).toEqual(['temporal.log.old']);
    expect(await readFile(`${path}.old`, 'utf8')).toBe('second');
  });

  it('leaves a log alone that is small enough, or not there', async () => {
    await rotateLog(path, 4);
    await writeFile(path, 'four');
    await rotateLog(path, 4);
    expect(await readdir(folder)).toEqual(['temporal.log']);
  });
});
