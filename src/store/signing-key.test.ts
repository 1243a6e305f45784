import { chmod, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newSigningPair } from '../util/ed25519.ts';
import { loadDataKey } from './data-key.ts';
import { loadSigningKey, loadVerifyKey } from './signing-key.ts';

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'plumbline-signing-'));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

const privatePath = () => join(dataDir, 'keys', 'decisions.key');
const publicPath = () => join(dataDir, 'keys', 'decisions.pub');

describe('loadSigningKey', () => {
  it('makes a key that only its owner can read, and keeps it', async () => {
    const first = await loadSigningKey({ dataDir, create: true });
    const again = await loadSigningKey({ dataDir, create: false });
    expect(again.keyId).toBe(first.keyId);
    expect((await stat(privatePath())).mode & 0o777).toBe(0o600);
    expect(again.verify('text', first.sign('text'))).toBe(true);
    expect(again.verify('other', first.sign('text'))).toBe(false);
  });

  it('gives two processes that start at once the same key', async () => {
    const keys = await Promise.all(
      Array.from({ length: 5 }, () => loadSigningKey({ dataDir, create: true })),
    );
    expect(new Set(keys.map((key) => key.keyId)).size).toBe(1);
  });

  it('does not make a key where it was not asked to', async () => {
    await expect(loadSigningKey({ dataDir, create: false })).rejects.toMatchObject({
      code: 'signing_key_missing',
    });
  });

  it('refuses a key that others can read, and a file that is no key', async () => {
    await loadSigningKey({ dataDir, create: true });
    await chmod(privatePath(), 0o644);
    await expect(loadSigningKey({ dataDir, create: true })).rejects.toMatchObject({
      code: 'signing_key_mode',
    });
    await writeFile(privatePath(), 'nonsense');
    await chmod(privatePath(), 0o600);
    await expect(loadSigningKey({ dataDir, create: true })).rejects.toMatchObject({
      code: 'signing_key_invalid',
    });
  });

  it('is no data key: encryption goes on beside it', async () => {
    await loadSigningKey({ dataDir, create: true });
    const dataKey = await loadDataKey({ dataDir, fromEnv: null, create: true });
    expect(dataKey.older).toEqual([]);
  });
});

describe('loadVerifyKey', () => {
  it('checks signatures without the private key', async () => {
    const signing = await loadSigningKey({ dataDir, create: true });
    await rename(privatePath(), `${privatePath()}.away`);
    const key = await loadVerifyKey({ dataDir });
    expect(key.keyId).toBe(signing.keyId);
    expect(key.verify('text', signing.sign('text'))).toBe(true);
    expect(await readFile(publicPath(), 'utf8')).not.toContain('PRIVATE');
  });

  it('still takes what the key of before signed, once the key was replaced', async () => {
    const before = await loadSigningKey({ dataDir, create: true });
    await writeFile(privatePath(), newSigningPair().privatePem);
    const after = await loadSigningKey({ dataDir, create: false });
    const key = await loadVerifyKey({ dataDir });
    expect(after.keyId).not.toBe(before.keyId);
    expect(key.keyId).toBe(after.keyId);
    expect(key.verify('text', before.sign('text'))).toBe(true);
    expect(key.verify('text', after.sign('text'))).toBe(true);
  });

  it('says where the public key comes from when it is missing', async () => {
    await expect(loadVerifyKey({ dataDir })).rejects.toMatchObject({ code: 'verify_key_missing' });
  });
});
