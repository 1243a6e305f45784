import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { mayRemoveLeftovers } from '../../src/activities/forget-old.ts';
import type { S3Settings } from '../../src/domain/settings.ts';
import { openArtifactStore } from '../../src/store/artifacts/open.ts';
import { loadDataKey } from '../../src/store/data-key.ts';
import { openStore } from '../../src/store/open.ts';
import type { Store } from '../../src/store/store.ts';
import { type S3Server, startS3 } from '../support/s3.ts';

/** The server's program may have to be built first. */
const START_TIMEOUT_MS = 1_200_000;
const DAY_MS = 24 * 3_600_000;

describe('leftovers of artifacts that two installations keep in one place', () => {
  let server: S3Server;
  let folders: string[];
  let stores: Store[];
  let warned: object[];
  const log = { warn: (fields: object) => void warned.push(fields) };
  beforeAll(async () => {
    server = await startS3();
  }, START_TIMEOUT_MS);
  afterAll(() => server.stop());
  beforeEach(async () => {
    warned = [];
    folders = await Promise.all(['one', 'two'].map((name) => mkdtemp(join(tmpdir(), `plumbline-${name}-`))));
    stores = await Promise.all(folders.map((dataDir) => openStore({ url: null, dataDir })));
    return async () => {
      await Promise.all(stores.map((store) => store.close()));
      await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })));
    };
  });

  async function open(s3: S3Settings | null) {
    const fromEnv = randomBytes(32).toString('base64');
    const dataDir = folders[0]!;
    const key = await loadDataKey({ dataDir, fromEnv, create: false });
    return openArtifactStore({ dataDir, s3, key });
  }

  it.each(['files', 'a bucket'])(
    'stay in %s until one is alone, and the log says what to do',
    async (kind) => {
      const artifacts = await open(kind === 'files' ? null : server.settings);
      const [own, other] = await Promise.all(stores.map((store) => store.installation()));
      const pathOf = (id: string) =>
        kind === 'files'
          ? join(folders[0]!, 'artifacts', 'installations', id)
          : server.objectPath(`installations/${id}`);
      const age = (id: string, time = new Date(Date.now() - 3 * DAY_MS)) => utimes(pathOf(id), time, time);
      const ask = (store: Store) => mayRemoveLeftovers({ store, artifacts, log });
      // New here: whoever else is may not have said so yet.
      expect(await ask(stores[0]!)).toBe(false);
      expect(warned).toEqual([]);
      await age(own!);
      expect(await ask(stores[0]!)).toBe(true);
      expect(await ask(stores[1]!)).toBe(false);
      await age(other!);
      expect(await ask(stores[1]!)).toBe(false);
      expect(await ask(stores[0]!)).toBe(false);
      expect(warned.at(-1)).toEqual({ installation: own, others: [other] });
      await rm(pathOf(other!));
      expect(await ask(stores[0]!)).toBe(true);
    },
  );

  it('stay in a bucket that may not be listed, and retention goes on', async () => {
    const artifacts = await open({ ...server.settings, secretAccessKey: 'wrong-secret-key' });
    expect(await mayRemoveLeftovers({ store: stores[0]!, artifacts, log })).toBe(false);
    expect(warned).toMatchObject([{ err: { code: 'artifact_store_failed', details: { status: 403 } } }]);
    await artifacts.remove([`sha256:${'0'.repeat(64)}`]);
  });
});
