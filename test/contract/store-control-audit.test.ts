import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AuditEntry } from '../../src/domain/audit/record.ts';
import { FIRST_PREVIOUS } from '../../src/domain/audit/chain.ts';
import { auditRecords, verifyAudit } from '../../src/store/audit-check.ts';
import { createAuditAnchor, type HeadAnchor } from '../../src/store/audit-anchor.ts';
import { fileAnchor } from '../../src/store/audit-anchor-file.ts';
import { openDatabase, type StoreLocation } from '../../src/store/open.ts';
import { loadSigningKey, type SigningKey } from '../../src/store/signing-key.ts';
import type { Store } from '../../src/store/store.ts';
import { storeBackends } from './store-backends.ts';
import { minute } from './store-builders.ts';
import { anEntry } from './store-control-builders.ts';

const COLUMNS = [
  'seq',
  'at',
  'actor',
  'action',
  'repo',
  'stack_key',
  'environment',
  'task_id',
  'commit',
  'digest',
  'result',
  'reason',
  'source',
  'details',
  'previous',
  'hash',
];

describe.each(storeBackends())('the audit log on $kind', (backend) => {
  beforeAll(backend.start);
  afterAll(backend.stop);
  let location: StoreLocation;
  let store: Store;
  let key: SigningKey;
  beforeEach(async () => {
    location = await backend.emptyLocation();
    store = await backend.open(location);
    key = await loadSigningKey({ dataDir: location.dataDir, create: true });
  });

  const fill = async (count: number) => {
    for (let index = 1; index <= count; index += 1)
      await store.audit.append(anEntry({ at: minute(index), reason: `reason-${index}` }));
  };
  const report = (...anchors: HeadAnchor[]) =>
    verifyAudit(store, { verify: (text, signature) => key.verify(text, signature), anchors });
  const problems = async (...anchors: HeadAnchor[]) =>
    (await report(...anchors)).problems.map(({ kind, seq }) => `${kind} ${seq}`);
  const heads = () => fileAnchor(join(location.dataDir, 'audit', 'heads.ndjson'));

  /** Does what only an owner of the database can do: changes it behind the store's back. */
  async function tamper(statement: string): Promise<void> {
    const database = await openDatabase(location);
    await database.write(async (trx) => {
      if (backend.kind === 'postgres') await sql`alter table audit disable trigger all`.execute(trx);
      else {
        await sql`drop trigger if exists audit_no_update`.execute(trx);
        await sql`drop trigger if exists audit_no_delete`.execute(trx);
      }
      await sql.raw(statement).execute(trx);
    });
    await database.close();
  }

  it('links each record to the one before', async () => {
    const entry = anEntry({ details: { z: 1, a: [1.5, null, 'ü'] } });
    const first = await store.audit.append(entry);
    const second = await store.audit.append(anEntry({ repo: null, stackKey: null, digest: null }));
    expect(first).toEqual({ ...entry, seq: 1, previous: FIRST_PREVIOUS, hash: first.hash });
    expect(second).toMatchObject({ seq: 2, previous: first.hash, repo: null });
    expect(await store.audit.list({ afterSeq: 0, limit: 10 })).toEqual([first, second]);
    expect(await store.audit.last()).toEqual(second);
    expect(await problems()).toEqual([]);
  });

  it('takes any text, and still has the hash of what it gives back', async () => {
    const odd = 'it\u0000s "x" — 🙂 \ud83d \\u0000';
    const details = { [odd]: odd, number: 1e21, deep: { list: [-0, {}] }, ['__proto__']: 'own' };
    await store.audit.append(anEntry({ actor: odd, reason: odd, source: odd, details }));
    expect(await problems()).toEqual([]);
    expect((await store.audit.last())?.details).toMatchObject({ number: 1e21 });
  });

  it('lists by what is asked for, forwards and backwards', async () => {
    const entries: Partial<AuditEntry>[] = [
      { actor: 'bob@example.com', at: minute(1) },
      { action: 'apply.started', at: minute(2) },
      { repo: 'other', stackKey: 'x', at: minute(3) },
      { environment: null, at: minute(4) },
    ];
    for (const entry of entries) await store.audit.append(anEntry(entry));
    const seqs = async (query: object) =>
      (await store.audit.list({ afterSeq: 0, limit: 10, ...query })).map(({ seq }) => seq);
    expect(await seqs({ actor: 'bob@example.com' })).toEqual([1]);
    expect(await seqs({ action: 'apply.started' })).toEqual([2]);
    expect(await seqs({ repo: 'other', stackKey: 'x' })).toEqual([3]);
    expect(await seqs({ environment: 'production' })).toEqual([1, 2, 3]);
    expect(await seqs({ from: minute(2), to: minute(4) })).toEqual([2, 3]);
    expect(await seqs({ afterSeq: 2 })).toEqual([3, 4]);
    const newest = await store.audit.newest({ limit: 2, beforeSeq: 4, environment: 'production' });
    expect(newest.map(({ seq }) => seq)).toEqual([3, 2]);
  });

  it('refuses to be changed, even by a statement of its own user', async () => {
    await fill(2);
    const database = await openDatabase(location);
    for (const statement of ['update audit set reason = reason', 'delete from audit where seq = 2']) {
      await expect(database.write((trx) => sql.raw(statement).execute(trx))).rejects.toMatchObject({
        message: expect.stringContaining('append-only') as string,
      });
    }
    await database.close();
    expect(await problems()).toEqual([]);
  });

  it.each(COLUMNS)('finds a changed byte in the column %s', async (column) => {
    await fill(5);
    const change = column === 'seq' ? '30' : `'x' || substr("${column}", 2)`;
    await tamper(`update audit set "${column}" = ${change} where seq = 3`);
    const found = await report();
    expect(found.ok).toBe(false);
    expect(found.problems[0]?.seq).toBe(3);
    expect(new Set(found.problems.map(({ kind }) => kind))).toEqual(
      new Set(column === 'seq' ? ['removed', 'reordered'] : ['edited']),
    );
  });

  it('finds details that mean the same but are not what was written, and what was emptied', async () => {
    await fill(5);
    await tamper(`update audit set details = ' ' || details where seq = 2`);
    await tamper('update audit set digest = null where seq = 4');
    expect(await problems()).toEqual(['edited 2', 'edited 4']);
    expect(await store.audit.list({ afterSeq: 1, limit: 1 })).toMatchObject([
      { details: { unreadable: expect.stringContaining('signed') as string } },
    ]);
  });

  it('finds removed and swapped records', async () => {
    await fill(8);
    await tamper('delete from audit where seq = 3');
    expect(await problems()).toEqual(['removed 3']);
    await tamper('update audit set seq = -seq where seq in (5, 6)');
    await tamper('update audit set seq = 11 + seq where seq < 0');
    expect(await problems()).toEqual(['removed 3', 'reordered 5', 'reordered 6']);
  });

  it('signs heads when it is time to, and writes each to its anchor', async () => {
    const file = heads();
    const anchor = createAuditAnchor({ store, key, anchors: [file], everyRecords: 5, everyMs: 600_000 });
    expect(await anchor.tick(minute(0))).toBeUndefined();
    await fill(3);
    expect(await anchor.tick(minute(1))).toMatchObject({ seq: 3, keyId: key.keyId });
    await fill(4);
    expect(await anchor.tick(minute(2))).toBeUndefined();
    await fill(1);
    expect(await anchor.tick(minute(2))).toMatchObject({ seq: 8 });
    expect(await anchor.tick(minute(60))).toBeUndefined();
    await fill(1);
    expect(await anchor.tick(minute(11))).toBeUndefined();
    expect(await anchor.tick(minute(12))).toMatchObject({ seq: 9 });
    await fill(1);
    expect(await anchor.tick(minute(13), { force: true })).toMatchObject({ seq: 10 });
    const kept = await store.audit.heads();
    expect(kept.map(({ seq, anchor: where }) => [seq, where])).toEqual(
      [3, 8, 9, 10].map((seq) => [seq, file.name]),
    );
    expect((await file.read()).map(({ seq }) => seq)).toEqual([3, 8, 9, 10]);
    await fill(2);
    expect(await report(file)).toMatchObject({
      ok: true,
      checked: 12,
      anchoredTo: 10,
    });
    expect(await report()).toMatchObject({ anchoredTo: 0 });
  });

  it('finds a cut-off end and a rewritten chain by the anchor, whatever the store says', async () => {
    const file = heads();
    await fill(6);
    await createAuditAnchor({ store, key, anchors: [file] }).tick(minute(1));
    await tamper('delete from audit where seq > 4');
    await tamper('delete from audit_heads');
    expect(await problems()).toEqual([]);
    expect(await problems(file)).toEqual(['truncated 5']);
    await fill(3);
    expect(await problems(file)).toEqual(['edited 6']);
  });

  it('signs nothing over a chain whose last head it no longer fits', async () => {
    const anchor = createAuditAnchor({ store, key, anchors: [heads()] });
    await fill(4);
    await anchor.tick(minute(1));
    await tamper('delete from audit where seq = 4');
    await fill(200);
    await expect(anchor.tick(minute(30))).rejects.toMatchObject({ code: 'audit_rewritten' });
    expect(await store.audit.heads()).toHaveLength(1);
  });

  it('finds an edited anchor and an edited head', async () => {
    const file = heads();
    await fill(3);
    await createAuditAnchor({ store, key, anchors: [file] }).tick(minute(1));
    await tamper(`update audit_heads set hash = 'x' || substr(hash, 2)`);
    expect(await problems(file)).toEqual(['bad_head 3']);
    const path = join(location.dataDir, 'audit', 'heads.ndjson');
    await writeFile(path, `${(await readFile(path, 'utf8')).replace('"seq":3', '"seq":2')}{"half`);
    expect(await problems(file)).toEqual(['bad_head 0', 'bad_head 2', 'bad_head 3']);
  });

  it('tries an anchor again that failed, and goes on in a new line after half of one', async () => {
    const file = heads();
    let broken = true;
    const moody: HeadAnchor = {
      name: 'moody',
      outside: false,
      write: async () => {
        if (broken) throw new Error('the disk is gone');
      },
    };
    const anchor = createAuditAnchor({ store, key, anchors: [moody, file] });
    await fill(2);
    await expect(anchor.tick(minute(1))).rejects.toMatchObject({
      code: 'audit_anchor_failed',
      retryable: true,
    });
    expect((await store.audit.lastHead())?.anchor).toBe(file.name);
    broken = false;
    expect(await anchor.tick(minute(2))).toBeUndefined();
    expect((await store.audit.lastHead())?.anchor).toBe(`${file.name} | moody`);
    expect(await file.read()).toHaveLength(1);
    await writeFile(join(location.dataDir, 'audit', 'heads.ndjson'), '{"half');
    await fill(1);
    await anchor.tick(minute(3), { force: true });
    expect((await file.read()).map(({ seq }) => seq)).toEqual([0, 3]);
  });

  it('reads a long log in pages', async () => {
    const database = await openDatabase(location);
    await database.close();
    await Promise.all(
      Array.from({ length: 1005 }, (_, index) => store.audit.append(anEntry({ reason: `${index}` }))),
    );
    const seqs = [];
    for await (const { seq } of auditRecords(store)) seqs.push(seq);
    expect(seqs).toEqual(Array.from({ length: 1005 }, (_, index) => index + 1));
  });
});
