import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { columnTypes, migrate, schemaVersion } from '../../src/store/migrate.ts';
import { migrations } from '../../src/store/migrations/all.ts';
import type { Migration } from '../../src/store/migrations/migration.ts';
import { openDatabase, openStore } from '../../src/store/open.ts';
import { storeBackends } from './store-backends.ts';
import { aDiscoveredTask, aPlan, minute, planJob } from './store-builders.ts';

const newest = migrations.at(-1)!.version;

describe.each(storeBackends())('the schema on $kind', (backend) => {
  beforeAll(backend.start);
  afterAll(backend.stop);

  it('applies each step once and says which', async () => {
    const database = await openDatabase(await backend.emptyLocation());
    const run = () => database.write((trx) => migrate(trx, database.kind, migrations, minute(0)));
    expect(await run()).toEqual(migrations.map((step) => step.version));
    expect(await run()).toEqual([]);
    expect(await database.read(schemaVersion)).toBe(newest);
    await database.close();
  });

  it('is refused when a newer version has migrated it, and nothing is changed', async () => {
    const location = await backend.emptyLocation();
    const database = await openDatabase(location);
    const step: Migration = { version: newest + 1, name: 'of tomorrow', up: () => Promise.resolve() };
    await database.write((trx) => migrate(trx, database.kind, [...migrations, step], minute(0)));
    await expect(openStore(location)).rejects.toMatchObject({
      code: 'store_newer',
      message: expect.stringContaining(`schema version ${newest + 1}`) as string,
    });
    expect(await database.read(schemaVersion)).toBe(newest + 1);
    await database.close();
  });

  it('is as it was when a step fails', async () => {
    const location = await backend.emptyLocation();
    const store = await backend.open(location);
    const { id } = await aDiscoveredTask(store, ['a']);
    const database = await openDatabase(location);
    const step: Migration = {
      version: newest + 1,
      name: 'broken',
      async up(db) {
        await db.schema.dropTable('events').execute();
        throw new Error('half done');
      },
    };
    const broken = database.write((trx) => migrate(trx, database.kind, [...migrations, step], minute(0)));
    await expect(broken).rejects.toMatchObject({ code: 'store_failed' });
    await database.close();
    expect(await store.events.list(id, 0, 10)).toEqual([]);
    expect((await store.tasks.get(id))?.counts.total).toBe(1);
  });

  it('keeps artifacts, and refers again to those of plans, in a store of before artifacts had their content as key', async () => {
    const filled = await backend.emptyLocation();
    const store = await backend.open(filled);
    const { jobs } = await aDiscoveredTask(store, ['a']);
    const ref = { kind: 'plan_binary', digest: 'hmac-sha256:1', sizeBytes: 7, encrypted: true } as const;
    await planJob(store, jobs['a']!, minute(2), aPlan({ artifacts: [ref] }));
    await store.artifacts.record(
      jobs['a']!,
      [{ ...ref, digest: 'hmac-sha256:2', keyId: 'key-1' }],
      minute(3),
    );
    const database = await openDatabase(filled);
    const step = migrations.find(({ name }) => name === 'artifacts by content')!;
    await database.write(async (trx) => {
      await sql`alter table artifacts rename to kept`.execute(trx);
      await sql`create table artifacts as select * from kept`.execute(trx);
      await sql`drop table kept`.execute(trx);
      await step.up(trx as never, columnTypes(database.kind));
    });
    await database.close();
    const referred = ['hmac-sha256:1', 'hmac-sha256:2'];
    expect(await store.artifacts.unreferenced([...referred, 'nobody'])).toEqual(['nobody']);
    expect(await store.artifacts.find(jobs['a']!, 'plan_binary')).toMatchObject({
      digest: 'hmac-sha256:2',
      keyId: 'key-1',
      createdAt: minute(3),
    });
    await store.artifacts.record(
      jobs['a']!,
      [{ ...ref, digest: 'hmac-sha256:3', keyId: 'key-1' }],
      minute(4),
    );
    expect(await store.artifacts.find(jobs['a']!, 'plan_binary')).toMatchObject({ digest: 'hmac-sha256:3' });
  });

  it('numbers its steps without gaps', () => {
    expect(migrations.map((step) => step.version)).toEqual(migrations.map((_, index) => index + 1));
  });
});

describe('a SQLite file', () => {
  it('that is none is refused with what to do', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'plumbline-store-'));
    try {
      await writeFile(join(folder, 'store'), 'a file where a folder should be');
      await expect(openStore({ url: null, dataDir: folder })).rejects.toMatchObject({ code: 'store_failed' });
      await rm(join(folder, 'store'));
      await openStore({ url: null, dataDir: folder }).then((store) => store.close());
      await writeFile(join(folder, 'store', 'plumbline.db'), 'not a database'.repeat(100));
      await expect(openStore({ url: null, dataDir: folder })).rejects.toMatchObject({
        code: 'store_unusable',
        message: expect.stringContaining('not a SQLite database') as string,
      });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
