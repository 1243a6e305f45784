import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { verifyAudit } from '../../src/store/audit-check.ts';
import { sqlitePath, type StoreLocation } from '../../src/store/open.ts';
import type { Store } from '../../src/store/store.ts';
import { storeBackends } from './store-backends.ts';
import { anEntry } from './store-control-builders.ts';

const CHILD = fileURLToPath(new URL('store-child.ts', import.meta.url));

describe.each(storeBackends())('several processes that change things on $kind', (backend) => {
  beforeAll(backend.start);
  afterAll(backend.stop);
  let location: StoreLocation;
  let store: Store;
  beforeEach(async () => {
    location = await backend.emptyLocation();
    store = await backend.open(location);
  });

  it('has no gap when many append at once, by several connections and processes', async () => {
    const stores = [store, await backend.open(location)];
    const children = ['a', 'b'].map((name) =>
      spawn(process.execPath, [CHILD, 'audit', JSON.stringify(location), name], { stdio: 'ignore' }),
    );
    const ends = children.map((child) => once(child, 'close'));
    await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        stores[index % 2]!.audit.append(anEntry({ reason: `${index}` })),
      ),
    );
    expect(await Promise.all(ends)).toEqual([
      [0, null],
      [0, null],
    ]);
    expect(await verifyAudit(store, { verify: () => false, anchors: [] })).toEqual({
      ok: true,
      checked: 90,
      anchoredTo: 0,
      problems: [],
    });
  });

  it('gives processes that begin attempts on one stack a fence each', async () => {
    const run = async (name: string) => {
      const child = spawn(process.execPath, [CHILD, 'attempt', JSON.stringify(location), name], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let said = '';
      child.stdout.on('data', (bytes: Buffer) => (said += bytes.toString()));
      await once(child, 'close');
      return said.split('\n').filter(Boolean).map(Number);
    };
    const fences = (await Promise.all([run('a'), run('b'), run('c')])).flat();
    expect(new Set(fences).size).toBe(fences.length);
    expect(Math.max(...fences)).toBe(fences.length);
    expect(await store.attempts.open()).toEqual([]);
  });
});

describe('the file of the embedded store', () => {
  const sqlite = storeBackends()[0]!;
  beforeAll(sqlite.start);
  afterAll(sqlite.stop);

  it('gives any changed byte of an audit record away', async () => {
    const location = await sqlite.emptyLocation();
    const store = await sqlite.open(location);
    const marks = Object.fromEntries(
      (
        [
          'actor',
          'repo',
          'stackKey',
          'environment',
          'taskId',
          'commit',
          'digest',
          'result',
          'reason',
          'source',
        ] as const
      ).map((field, index) => [field, `mark-${index}-of-the-record`]),
    );
    for (let index = 0; index < 3; index += 1) await store.audit.append(anEntry());
    const marked = await store.audit.append(anEntry({ ...marks, details: { mark: 'mark-x-of-the-record' } }));
    await store.audit.append(anEntry());
    await store.close();
    const path = sqlitePath(location.dataDir);
    const checkpoint = new DatabaseSync(path);
    checkpoint.exec('pragma wal_checkpoint(truncate)');
    checkpoint.close();
    const bytes = await readFile(path);
    for (const mark of [...Object.values(marks), 'mark-x-of-the-record', marked.hash]) {
      const copy = Buffer.from(bytes);
      // In the table and in the indexes, which hold copies of some texts.
      for (let at = copy.indexOf(mark); at !== -1; at = copy.indexOf(mark, at + 1)) copy[at]! ^= 1;
      await Promise.all(['-wal', '-shm'].map((end) => rm(`${path}${end}`, { force: true })));
      await writeFile(path, copy);
      const changed = await sqlite.open(location);
      const report = await verifyAudit(changed, { verify: () => false, anchors: [] });
      await changed.close();
      expect(report.problems[0], mark).toMatchObject({ kind: 'edited', seq: 4 });
    }
  });
});
