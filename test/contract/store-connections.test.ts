import { DatabaseSync } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore, sqlitePath } from '../../src/store/open.ts';
import { storeBackends } from './store-backends.ts';
import { aDiscoveredTask, aNewTask } from './store-builders.ts';

const [sqlite, postgres] = storeBackends();

describe('the connection to PostgreSQL', () => {
  beforeAll(postgres!.start);
  afterAll(postgres!.stop);

  it('is made again after the server was restarted', async () => {
    const store = await postgres!.open();
    const { id } = await aDiscoveredTask(store, ['a']);
    // Several idle connections, all of which the restart breaks.
    await Promise.all(Array.from({ length: 8 }, () => store.ping()));
    await postgres!.server().restart();
    expect((await store.tasks.get(id))?.counts.total).toBe(1);
    expect((await store.tasks.begin(aNewTask({ repo: 'apps' }))).status).toBe('running');
  });

  it('fails with a code and without the password when the password is wrong', async () => {
    const url = new URL(postgres!.server().url);
    url.password = 'wr%40ng';
    const error = await openStore({ url: url.href, dataDir: '/nowhere' }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'store_unreachable', retryable: false });
    const shown = inspect(error, { depth: 10, showHidden: true });
    expect(shown).toContain('the password is wrong');
    expect(shown).not.toContain('wr@ng');
    expect(shown).not.toContain('wr%40ng');
  });

  it('fails with a code that says to try again when nobody listens', async () => {
    const url = new URL(await postgres!.server().createDatabase());
    url.port = '1';
    const error = await openStore({ url: url.href, dataDir: '/nowhere' }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'store_unreachable', retryable: true });
    const shown = inspect(error, { depth: 10, showHidden: true });
    expect(shown).toContain('127.0.0.1:1');
    expect(shown).not.toContain(postgres!.server().password);
    expect(shown).not.toContain(encodeURIComponent(postgres!.server().password));
  });

  it('names a database that does not exist', async () => {
    const url = new URL(postgres!.server().url);
    url.pathname = '/nothing';
    await expect(openStore({ url: url.href, dataDir: '/nowhere' })).rejects.toMatchObject({
      code: 'store_unreachable',
      message: expect.stringContaining('create it first') as string,
    });
  });

  it.each(['mysql://user:s3cret@host/db', 'user:s3cret@host', ''])(
    'refuses the URL "%s" without showing it',
    async (url) => {
      const error = await openStore({ url, dataDir: '/nowhere' }).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: 'store_url_invalid' });
      expect(inspect(error, { depth: 10, showHidden: true })).not.toContain('s3cret');
    },
  );

  it('shows itself to the server by its name', async () => {
    const { Client } = await import('pg');
    const location = await postgres!.emptyLocation();
    await postgres!.open(location);
    const client = new Client({ connectionString: location.url! });
    await client.connect();
    const { rows } = await client.query(
      "select 1 from pg_stat_activity where application_name = 'plumbline' and datname = current_database()",
    );
    await client.end();
    expect(rows.length).toBeGreaterThan(0);
  });
});

describe('the SQLite file', () => {
  beforeAll(sqlite!.start);
  afterAll(sqlite!.stop);

  it('is waited for without blocking while another process writes', async () => {
    const location = await sqlite!.emptyLocation();
    const store = await sqlite!.open(location);
    const other = new DatabaseSync(sqlitePath(location.dataDir));
    other.exec('begin immediate');
    let written = false;
    const write = async () => {
      await store.tasks.begin(aNewTask());
      written = true;
    };
    const writing = write();
    // Turns of the event loop pass while the lock is held, or this would never go on.
    for (let turn = 0; turn < 20; turn += 1) await nextTurn();
    expect(written).toBe(false);
    other.exec('commit');
    other.close();
    await writing;
    expect(written).toBe(true);
  });

  it('keeps transactions of one process apart, and rolls back what fails', async () => {
    const store = await sqlite!.open();
    const tasks = Array.from({ length: 20 }, (_, index) => aNewTask({ repo: `repo-${index}` }));
    const broken = tasks.map((task) => store.tasks.discovered(task.id, 'c', [], 'never'));
    await Promise.allSettled(broken);
    await Promise.all(tasks.map((task) => store.tasks.begin(task)));
    expect(await store.tasks.running()).toHaveLength(20);
  });

  it('writes ahead, syncs fully and checks foreign keys', async () => {
    const location = await sqlite!.emptyLocation();
    const store = await sqlite!.open(location);
    const other = new DatabaseSync(sqlitePath(location.dataDir));
    expect(other.prepare('pragma journal_mode').get()).toEqual({ journal_mode: 'wal' });
    other.close();
    const orphan = {
      taskId: 'nobody:1',
      stackKey: null,
      kind: 'log',
      message: '',
      at: '2026-01-01T00:00:00Z',
    } as const;
    await expect(store.events.append([orphan])).rejects.toMatchObject({ code: 'store_failed' });
  });
});
