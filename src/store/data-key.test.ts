import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { loadDataKey } from './data-key.ts';

const newKey = () => randomBytes(32).toString('base64');

describe('loadDataKey', () => {
  let dataDir: string;
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'plumbline-key-'));
    return () => rm(dataDir, { recursive: true, force: true });
  });
  const load = (fromEnv: string | null, create = false) => loadDataKey({ dataDir, fromEnv, create });

  it('stops without a key, says both ways out, and makes no file', async () => {
    const error = await load(null).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'data_key_missing' });
    expect((error as Error).message).toContain('openssl rand -base64 32');
    expect((error as Error).message).toContain('plumbline up');
    expect(await readdir(dataDir)).toEqual([]);
  });

  it('makes the file once, for its owner alone, and reads it from then on', async () => {
    const made = await Promise.all(Array.from({ length: 8 }, () => load(null, true)));
    expect(new Set(made.map((key) => key.id)).size).toBe(1);
    expect(await readdir(join(dataDir, 'keys'))).toEqual(['data.key']);
    expect((await stat(join(dataDir, 'keys', 'data.key'))).mode & 0o777).toBe(0o600);
    expect(await load(null)).toEqual(made[0]);
  });

  it('takes the key of the environment before that of the file, and keeps the file for reading', async () => {
    const file = await load(null, true);
    const key = await load(newKey());
    expect(key.id).not.toBe(file.id);
    expect(key.older.map((one) => one.id)).toEqual([file.id]);
  });

  it('takes the first of several keys as the current one', async () => {
    const [first, second] = [newKey(), newKey()];
    const key = await load(` ${first} , ${second},`);
    expect(key.id).toBe((await load(first)).id);
    expect(key.older.map((one) => one.id)).toEqual([(await load(second)).id]);
    expect((await load(`${first},${first}`)).older).toEqual([]);
  });

  it('reads with the other files of the folder after a rotation', async () => {
    const old = await load(null, true);
    await rename(join(dataDir, 'keys', 'data.key'), join(dataDir, 'keys', '2026.key'));
    await expect(load(null)).rejects.toMatchObject({ code: 'data_key_missing' });
    const fresh = await load(null, true);
    expect(fresh.id).not.toBe(old.id);
    expect(fresh.older.map((one) => one.id)).toEqual([old.id]);
  });

  it('refuses a file that others may read, with the command that helps', async () => {
    await load(null, true);
    const path = join(dataDir, 'keys', 'data.key');
    await chmod(path, 0o640);
    await expect(load(null)).rejects.toMatchObject({
      code: 'data_key_mode',
      message: expect.stringContaining(`chmod 600 ${path}`) as string,
    });
  });

  it.each([
    'short',
    'not base64 at all!',
    randomBytes(16).toString('base64'),
    randomBytes(33).toString('base64'),
  ])('refuses "%s" in the file without showing it', async (text) => {
    await load(null, true);
    await writeFile(join(dataDir, 'keys', 'data.key'), text);
    const error = await load(null).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'data_key_invalid' });
    expect((error as Error).message).not.toContain(text);
  });

  it('derives the digest key and the ID from the key, and shows nothing of it in them', async () => {
    const key = await load(null, true);
    const text = await readFile(join(dataDir, 'keys', 'data.key'), 'utf8');
    expect(Buffer.from(key.bytes).toString('base64')).toBe(text.trim());
    expect(key.digestKey).toHaveLength(32);
    expect(Buffer.from(key.digestKey).equals(Buffer.from(key.bytes))).toBe(false);
    expect(key.id).toMatch(/^[0-9a-f]{16}$/);
  });
});
