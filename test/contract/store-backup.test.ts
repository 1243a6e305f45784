import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { S3Settings } from '../../src/domain/settings.ts';
import { openArtifactStore } from '../../src/store/artifacts/open.ts';
import { backupStore, type StoreWithArtifacts } from '../../src/store/backup.ts';
import { loadDataKey } from '../../src/store/data-key.ts';
import { openStore } from '../../src/store/open.ts';
import { restoreStore } from '../../src/store/restore.ts';
import type { Store } from '../../src/store/store.ts';
import { startS3 } from '../support/s3.ts';
import { storeBackends } from './store-backends.ts';
import { aDiscoveredTask, aDriftedPlan, aNewTask, minute, planJob } from './store-builders.ts';

const CANARY = 'canary-52c1-state';
const AT = minute(500);
const PLANNED = 12;
const [sqlite, postgres] = storeBackends();
const fromEnv = randomBytes(32).toString('base64');

describe.each([
  { from: sqlite!, to: sqlite! },
  { from: sqlite!, to: postgres! },
  { from: postgres!, to: sqlite! },
  { from: postgres!, to: postgres! },
])('a backup of $from.kind restored into $to.kind', ({ from, to }) => {
  let folder: string;
  let file: string;
  let source: StoreWithArtifacts;
  let target: StoreWithArtifacts;
  beforeAll(async () => {
    await Promise.all([...new Set([from, to])].map((backend) => backend.start()));
  });
  afterAll(async () => {
    await Promise.all([...new Set([from, to])].map((backend) => backend.stop()));
  });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'plumbline-backup-'));
    file = join(folder, 'plumbline.tar.gz');
    source = { ...(await from.emptyLocation()), s3: null };
    target = { ...(await to.emptyLocation()), s3: null };
    return () => rm(folder, { recursive: true, force: true });
  });

  it('has everything, encrypted artifacts included, and goes on where it stopped', async () => {
    const store = await from.open(source);
    const { id, secret } = await fill(store, source.dataDir);
    const told: number[] = [];
    const made = await backupStore(source, file, { at: AT, onProgress: ({ rows }) => told.push(rows) });
    expect(made).toMatchObject({ database: from.kind, artifacts: 'included', missing_artifacts: [] });
    expect(made.tables).toMatchObject({
      tasks: 1,
      jobs: 300,
      stacks: 300,
      plans: PLANNED,
      events: 700,
      artifacts: 1,
    });
    expect(told.at(-1)).toBe(Object.values(made.tables).reduce((sum, rows) => sum + rows, 0));
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(gunzipSync(await readFile(file)).includes(CANARY)).toBe(false);
    expect(await readdir(folder)).toEqual(['plumbline.tar.gz']);

    const place = await openStore(target);
    const installation = await place.installation();
    await place.close();
    await restoreStore(target, file, { force: false, at: AT });
    const restored = await to.open(target);
    expect(await restored.installation()).toBe(installation);
    expect(installation).not.toBe(await store.installation());
    expect(await contentOf(restored, id)).toEqual(await contentOf(store, id));
    const artifacts = await artifactsOf(target.dataDir);
    expect(Buffer.from(await artifacts.get(secret)).toString()).toBe(CANARY);
    await restored.events.append([
      { taskId: id, stackKey: null, kind: 'log', message: 'next', at: minute(600) },
    ]);
    const events = await restored.events.list(id, 0, 1000);
    expect(events.map((event) => event.message).at(-1)).toBe('next');
    expect(events).toHaveLength(701);
  });

  it('is refused by a store that is not empty, unless it is to be replaced', async () => {
    await fill(await from.open(source), source.dataDir);
    await backupStore(source, file, { at: AT });
    const used = await to.open(target);
    await used.tasks.begin(aNewTask({ repo: 'other' }));
    await expect(restoreStore(target, file, { force: false, at: AT })).rejects.toMatchObject({
      code: 'store_not_empty',
    });
    expect(await used.tasks.list({ limit: 10 })).toMatchObject([{ repo: 'other' }]);
    await restoreStore(target, file, { force: true, at: AT });
    expect(await used.tasks.list({ limit: 10 })).toMatchObject([{ repo: 'my-infra' }]);
  });

  it('is refused when it is damaged anywhere, and nothing is restored', async () => {
    await fill(await from.open(source), source.dataDir);
    await backupStore(source, file, { at: AT });
    const tar = gunzipSync(await readFile(file));
    const flipped = (at: number) => {
      const copy = Buffer.from(tar);
      copy[at]! ^= 1;
      return copy;
    };
    const manifestAt = tar.lastIndexOf('manifest.json');
    const damages = [
      ['cut off', gzipSync(tar).subarray(0, 2000)],
      ['without its end', gzipSync(tar.subarray(0, manifestAt))],
      ['without its manifest', gzipSync(Buffer.concat([tar.subarray(0, manifestAt), Buffer.alloc(1024)]))],
      ['changed in a row', gzipSync(flipped(tar.indexOf('my-infra')))],
      ['changed in an artifact', gzipSync(flipped(tar.lastIndexOf('PLA') + 60))],
      ['changed in its manifest', gzipSync(flipped(tar.indexOf('"sha256":"', manifestAt) + 12))],
      ['no backup', Buffer.from('hello')],
      ['empty', Buffer.alloc(0)],
    ] as const;
    for (const [how, bytes] of damages) {
      await writeFile(file, bytes);
      const restored = restoreStore(target, file, { force: true, at: AT });
      await expect(restored, how).rejects.toMatchObject({ code: 'backup_corrupt' });
    }
    const store = await to.open(target);
    expect(await store.tasks.list({ limit: 10 })).toEqual([]);
  });
});

describe('a backup', () => {
  beforeAll(sqlite!.start);
  afterAll(sqlite!.stop);
  let folder: string;
  let source: StoreWithArtifacts;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'plumbline-backup-'));
    source = { ...(await sqlite!.emptyLocation()), s3: null };
    return () => rm(folder, { recursive: true, force: true });
  });

  it('never replaces a file', async () => {
    const file = join(folder, 'there');
    await writeFile(file, 'precious');
    await expect(backupStore(source, file, { at: AT })).rejects.toMatchObject({ code: 'backup_exists' });
    expect(await readFile(file, 'utf8')).toBe('precious');
    expect(await readdir(folder)).toEqual(['there']);
  });

  it('is one moment of a store that others go on writing to', async () => {
    const store = await sqlite!.open(source);
    await fill(store, source.dataDir);
    const writes: Promise<unknown>[] = [];
    const file = join(folder, 'moving.tar.gz');
    const onProgress = () => {
      const repo = `new-${writes.length}`;
      writes.push(aDiscoveredTask(store, ['x'], { repo, startedAt: minute(writes.length) }));
    };
    const { tables } = await backupStore(source, file, { at: AT, onProgress });
    await Promise.all(writes);
    expect(writes.length).toBeGreaterThan(3);
    expect(tables).toMatchObject({ tasks: 1, jobs: 300, stacks: 300 });
  });

  it('has the artifacts of a bucket, and puts them where the new place keeps its own', async () => {
    const s3 = await startS3();
    try {
      const { settings } = s3;
      const inBucket = { ...source, s3: settings };
      const { secret } = await fill(await sqlite!.open(source), source.dataDir, settings);
      const file = join(folder, 'bucket.tar.gz');
      const made = await backupStore(inBucket, file, { at: AT });
      expect(made).toMatchObject({ artifacts: 'included', missing_artifacts: [] });
      expect(made.files.filter(({ name }) => name.startsWith('artifacts/'))).toHaveLength(1);

      const onDisk = { ...(await sqlite!.emptyLocation()), s3: null };
      await restoreStore(onDisk, file, { force: false, at: AT });
      const restored = await (await artifactsOf(onDisk.dataDir)).get(secret);
      expect(Buffer.from(restored).toString()).toBe(CANARY);
      const artifacts = await artifactsOf(source.dataDir, settings);
      await artifacts.remove([secret.digest]);
      await restoreStore(inBucket, file, { force: true, at: AT });
      expect(Buffer.from(await artifacts.get(secret)).toString()).toBe(CANARY);
    } finally {
      await s3.stop();
    }
  });

  it('names the artifacts whose content was gone, and that a file is missing', async () => {
    const store = await sqlite!.open(source);
    const { secret } = await fill(store, source.dataDir);
    await (await artifactsOf(source.dataDir)).remove([secret.digest]);
    const { missing_artifacts: missing } = await backupStore(source, join(folder, 'b'), { at: AT });
    expect(missing).toEqual([secret.digest]);
    const nothing = restoreStore(source, join(folder, 'nothing'), { force: true, at: AT });
    await expect(nothing).rejects.toMatchObject({ code: 'backup_unreadable' });
  });
});

async function artifactsOf(dataDir: string, s3: S3Settings | null = null) {
  const key = await loadDataKey({ dataDir, fromEnv, create: false });
  return openArtifactStore({ dataDir, s3, key, keepNewMs: 0 });
}

async function fill(store: Store, dataDir: string, s3: S3Settings | null = null) {
  const keys = Array.from({ length: 300 }, (_, index) => `stacks/${String(index).padStart(3, '0')}`);
  const { id, jobs } = await aDiscoveredTask(store, keys);
  for (const key of keys.slice(0, PLANNED))
    await planJob(store, jobs[key]!, minute(2), aDriftedPlan({ warnings: ['ümlaut\n"'] }));
  await store.events.append(
    Array.from({ length: 700 }, (_, index) => ({
      taskId: id,
      stackKey: null,
      kind: 'log' as const,
      message: `line ${index}`,
      at: minute(3),
    })),
  );
  await store.configs.publish({ gitAllowLocal: true } as never, minute(0));
  const secret = await (await artifactsOf(dataDir, s3)).put('state', CANARY);
  await store.artifacts.record(jobs[keys[0]!]!, [secret], minute(2));
  return { id, secret };
}

async function contentOf(store: Store, id: string) {
  const events = await store.events.list(id, 0, 10_000);
  return {
    task: await store.tasks.get(id),
    jobs: await store.jobs.listByTask(id, { afterOrdinal: -1, limit: 1000 }),
    plans: await store.plans.listByTask(id),
    stacks: await store.stacks.list(),
    config: await store.configs.latest(),
    events: events.map(({ seq: _seq, ...event }) => event),
  };
}
