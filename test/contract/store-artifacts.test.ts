import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { removeLeftovers } from '../../src/activities/forget-old.ts';
import type { S3Settings } from '../../src/domain/settings.ts';
import type { ArtifactStore } from '../../src/store/artifact-store.ts';
import { blobName } from '../../src/store/artifacts/digest.ts';
import { openArtifactStore } from '../../src/store/artifacts/open.ts';
import { loadDataKey } from '../../src/store/data-key.ts';
import { openStore } from '../../src/store/open.ts';
import { pagesOf } from '../support/pages-of.ts';
import { type S3Server, startS3 } from '../support/s3.ts';
import { aDiscoveredTask } from './store-builders.ts';

/** The server's program may have to be built first. */
const START_TIMEOUT_MS = 1_200_000;
const TWO_HOURS_MS = 2 * 3_600_000;
const DAY_MS = 24 * 3_600_000;
const CANARY = 'canary-7f3a-secret-value';
const newKey = () => randomBytes(32).toString('base64');

interface Place {
  kind: string;
  start: () => Promise<void>;
  stop: () => Promise<void>;
  s3: () => S3Settings | null;
  path: (digest: string) => string;
  age: (digest: string, ageMs: number) => Promise<void>;
}

describe.each([files(), bucket()])('artifacts in $kind', (place) => {
  let dataDir: string;
  let fromEnv: string;
  let artifacts: ArtifactStore;
  beforeAll(place.start, START_TIMEOUT_MS);
  afterAll(place.stop);
  beforeEach(async () => {
    fromEnv = newKey();
    dataDir = await mkdtemp(join(tmpdir(), 'plumbline-artifacts-'));
    artifacts = await open(fromEnv);
    return () => rm(dataDir, { recursive: true, force: true });
  });

  async function open(keys: string, s3 = place.s3()): Promise<ArtifactStore> {
    const key = await loadDataKey({ dataDir, fromEnv: keys, create: false });
    return openArtifactStore({ dataDir, s3, key });
  }
  const pathOf = (digest: string) =>
    place.s3() ? place.path(digest) : join(dataDir, 'artifacts', blobName(digest));
  const age = (digest: string, ageMs: number) => {
    const time = new Date(Date.now() - ageMs);
    return place.s3() ? place.age(digest, ageMs) : utimes(pathOf(digest), time, time);
  };
  const text = async (ref: { digest: string; encrypted: boolean }) =>
    Buffer.from(await artifacts.get(ref)).toString();

  it('stores content under its digest and gives it back', async () => {
    const ref = await artifacts.put('plan_text', 'Plan: 1 to add');
    expect(ref).toEqual({
      kind: 'plan_text',
      digest: 'sha256:b6402971df032902517ebf6fbba8a673634ebecbaa9edf31dba3b8f642c4f129',
      sizeBytes: 14,
      encrypted: false,
      keyId: null,
    });
    expect(await text(ref)).toBe('Plan: 1 to add');
    expect((await readFile(pathOf(ref.digest))).toString()).toBe('Plan: 1 to add');
  });

  it.each(['plan_json_raw', 'plan_binary', 'state'] as const)(
    'encrypts %s under an address that is no plain digest',
    async (kind) => {
      const ref = await artifacts.put(kind, CANARY);
      expect(ref).toMatchObject({ encrypted: true, sizeBytes: CANARY.length });
      expect(ref.digest).toMatch(/^hmac-sha256:[0-9a-f]{64}$/);
      expect(await text(ref)).toBe(CANARY);
      expect((await readFile(pathOf(ref.digest))).includes(CANARY)).toBe(false);
    },
  );

  it('stores equal content once, also when several put it at once, and empty content too', async () => {
    const refs = await Promise.all(Array.from({ length: 6 }, () => artifacts.put('log', '')));
    expect(new Set(refs.map((ref) => ref.digest)).size).toBe(1);
    expect(await text(refs[0]!)).toBe('');
    const secrets = await Promise.all(Array.from({ length: 6 }, () => artifacts.put('state', CANARY)));
    expect(new Set(secrets.map((ref) => ref.digest)).size).toBe(1);
    expect(await text(secrets[0]!)).toBe(CANARY);
  });

  it('keeps bytes as they are, megabytes of them', async () => {
    const bytes = randomBytes(3_000_000);
    const plain = await artifacts.put('plan_json', bytes);
    const secret = await artifacts.put('plan_binary', bytes);
    expect(Buffer.from(await artifacts.get(plain)).equals(bytes)).toBe(true);
    expect(Buffer.from(await artifacts.get(secret)).equals(bytes)).toBe(true);
  });

  it('notices that stored content was changed, cut off or exchanged', async () => {
    const plain = await artifacts.put('plan_text', randomBytes(16).toString('hex'));
    const secret = await artifacts.put('state', CANARY);
    const other = await artifacts.put('state', 'another state');
    const stored = await readFile(pathOf(secret.digest));
    const flipped = Buffer.from(stored);
    flipped[flipped.length - 20]! ^= 1;
    const damages: [{ digest: string; encrypted: boolean }, Buffer][] = [
      [plain, Buffer.from('something else')],
      [secret, flipped],
      [secret, stored.subarray(0, 20)],
      [secret, Buffer.from('not encrypted at all')],
      [secret, await readFile(pathOf(other.digest))],
    ];
    for (const [ref, damage] of damages) {
      await writeFile(pathOf(ref.digest), damage);
      await expect(artifacts.get(ref)).rejects.toMatchObject({ code: 'artifact_corrupt' });
    }
  });

  it('says that content is missing, and never looks outside its own folder', async () => {
    for (const digest of [`sha256:${'0'.repeat(64)}`, 'sha256:../../etc/passwd', '', '../key']) {
      await expect(artifacts.get({ digest, encrypted: false })).rejects.toMatchObject({
        code: 'artifact_missing',
      });
    }
  });

  it('reads what older keys encrypted, writes with the current one, and names a key that is missing', async () => {
    const old = await artifacts.put('state', CANARY);
    const next = newKey();
    artifacts = await open(`${next},${fromEnv}`);
    const fresh = await artifacts.put('state', CANARY);
    expect(fresh.keyId).not.toBe(old.keyId);
    expect(fresh.digest).not.toBe(old.digest);
    expect([await text(old), await text(fresh)]).toEqual([CANARY, CANARY]);
    artifacts = await open(next);
    expect(await text(fresh)).toBe(CANARY);
    await expect(artifacts.get(old)).rejects.toMatchObject({
      code: 'artifact_key_unknown',
      details: { keyId: old.keyId },
    });
  });

  it('removes content that is old, and leaves what was put within the last hour', async () => {
    const old = await artifacts.put('plan_text', `old ${fromEnv}`);
    const secret = await artifacts.put('state', 'old');
    const young = await artifacts.put('plan_text', `young ${fromEnv}`);
    await age(old.digest, TWO_HOURS_MS);
    await age(secret.digest, TWO_HOURS_MS);
    await artifacts.remove([old.digest, secret.digest, young.digest, `sha256:${'1'.repeat(64)}`]);
    await expect(artifacts.get(old)).rejects.toMatchObject({ code: 'artifact_missing' });
    await expect(artifacts.get(secret)).rejects.toMatchObject({ code: 'artifact_missing' });
    expect(await text(young)).toBe(`young ${fromEnv}`);
  });

  it('keeps old content that somebody has just put again', async () => {
    const ref = await artifacts.put('plan_text', `again ${fromEnv}`);
    await age(ref.digest, TWO_HOURS_MS);
    await artifacts.put('plan_text', `again ${fromEnv}`);
    await artifacts.remove([ref.digest]);
    expect(await text(ref)).toBe(`again ${fromEnv}`);
  });

  it('lists what is old, and nothing that is no content', async () => {
    const old = await artifacts.put('plan_text', `listed ${fromEnv}`);
    const secret = await artifacts.put('state', 'listed');
    const young = await artifacts.put('plan_text', `not yet ${fromEnv}`);
    const again = await artifacts.put('plan_text', `put again ${fromEnv}`);
    for (const { digest } of [old, secret, again]) await age(digest, TWO_HOURS_MS);
    await artifacts.put('plan_text', `put again ${fromEnv}`);
    await writeFile(`${pathOf(old.digest)}.tmp`, 'half');
    const listed = new Set((await pagesOf(artifacts.old(TWO_HOURS_MS - 1000))).flat());
    for (const { digest } of [old, secret]) expect(listed).toContain(digest);
    for (const { digest } of [young, again]) expect(listed).not.toContain(digest);
    for (const digest of listed) expect(digest).toMatch(/^(hmac-)?sha256:[0-9a-f]{64}$/);
  });

  it('removes what nothing refers to once it is a day old, and what somebody puts meanwhile stays', async () => {
    const store = await openStore({ url: null, dataDir });
    try {
      const { jobs } = await aDiscoveredTask(store, ['a']);
      const texts = ['referred to', 'left behind', 'put again', 'young'].map((text) => `${text} ${fromEnv}`);
      const refs = await Promise.all(texts.map((content) => artifacts.put('plan_text', content)));
      await store.artifacts.record(jobs['a']!, refs.slice(0, 1), new Date().toISOString());
      for (const { digest } of refs.slice(0, 3)) await age(digest, 2 * DAY_MS);
      await age(refs[3]!.digest, DAY_MS - TWO_HOURS_MS);
      // A job that puts the same content just when it has been found that nothing refers to it.
      const slow: ArtifactStore = {
        ...artifacts,
        remove: async (digests, minimumAgeMs) => {
          await artifacts.put('plan_text', texts[2]!);
          await artifacts.remove(digests, minimumAgeMs);
        },
      };
      await pagesOf(removeLeftovers({ store, artifacts: slow }));
      const found = await Promise.all(refs.map((ref) => text(ref).catch((error: Error) => error.message)));
      expect(found).toEqual([
        texts[0],
        expect.stringContaining('not stored here any more'),
        texts[2],
        texts[3],
      ]);
    } finally {
      await store.close();
    }
  });

  it('writes content again that was cut off', async () => {
    const ref = await artifacts.put('plan_text', `whole ${fromEnv}`);
    await writeFile(pathOf(ref.digest), 'who');
    await artifacts.put('plan_text', `whole ${fromEnv}`);
    expect(await text(ref)).toBe(`whole ${fromEnv}`);
  });
});

describe('artifacts on disk', () => {
  it('are readable by their owner alone, and leave nothing else behind', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'plumbline-artifacts-'));
    try {
      const key = await loadDataKey({ dataDir, fromEnv: newKey(), create: false });
      const artifacts = openArtifactStore({ dataDir, s3: null, key, keepNewMs: 0 });
      const ref = await artifacts.put('plan_text', 'x');
      const path = join(dataDir, 'artifacts', blobName(ref.digest));
      expect((await stat(path)).mode & 0o777).toBe(0o600);
      await artifacts.remove([ref.digest]);
      const left = await readdir(join(dataDir, 'artifacts'), { recursive: true });
      expect(left).toEqual([ref.digest.slice(7, 9)]);
    } finally {
      await rm(dataDir, { recursive: true, force: true });
    }
  });
});

describe('a bucket', () => {
  let server: S3Server;
  beforeAll(async () => {
    server = await startS3();
    return () => server.stop();
  }, START_TIMEOUT_MS);

  async function open(s3: S3Settings): Promise<ArtifactStore> {
    const key = await loadDataKey({ dataDir: '/nowhere', fromEnv: newKey(), create: false });
    return openArtifactStore({ dataDir: '/nowhere', s3, key });
  }

  it.each([
    ['secret key', { secretAccessKey: 'wrong-secret-key' }, 403],
    ['access key', { accessKeyId: 'nobody' }, expect.any(Number) as number],
    ['bucket', { bucket: 'nothing-here' }, 404],
  ])('refuses a wrong %s, and no secret stands in the error', async (_what, change, status) => {
    const settings = { ...server.settings, ...change };
    const artifacts = await open(settings);
    const error = await artifacts.put('plan_text', 'x').catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'artifact_store_failed', retryable: false, details: { status } });
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(settings.secretAccessKey);
  });

  it('that is not there is no missing artifact', async () => {
    const artifacts = await open({ ...server.settings, bucket: 'nothing-here' });
    const ref = { digest: `sha256:${'0'.repeat(64)}`, encrypted: false };
    await expect(artifacts.get(ref)).rejects.toMatchObject({ code: 'artifact_store_failed' });
  });

  it('that nobody serves is an error that says to try again', async () => {
    const artifacts = await open({ ...server.settings, endpoint: 'http://127.0.0.1:1' });
    await expect(artifacts.put('plan_text', 'x')).rejects.toMatchObject({
      code: 'artifact_store_failed',
      retryable: true,
    });
  });
});

function files(): Place {
  return {
    kind: 'files',
    start: () => Promise.resolve(),
    stop: () => Promise.resolve(),
    s3: () => null,
    path: () => '',
    age: () => Promise.resolve(),
  };
}

function bucket(): Place {
  let server: S3Server | undefined;
  return {
    kind: 'a bucket',
    start: async () => {
      server = await startS3();
    },
    stop: async () => {
      await server?.stop();
    },
    s3: () => server?.settings ?? null,
    path: (digest) => server!.objectPath(blobName(digest)),
    age: (digest, ageMs) => server!.age(blobName(digest), ageMs),
  };
}
