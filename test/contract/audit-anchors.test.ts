import { createHash } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AwsClient } from 'aws4fetch';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditRecord } from '../../src/domain/audit/record.ts';
import { auditHash, FIRST_PREVIOUS } from '../../src/domain/audit/chain.ts';
import { createAuditAnchor, type HeadAnchor } from '../../src/store/audit-anchor.ts';
import { fileAnchor } from '../../src/store/audit-anchor-file.ts';
import { s3Anchor } from '../../src/store/audit-anchor-s3.ts';
import { syslogAnchor } from '../../src/store/audit-anchor-syslog.ts';
import { verifyAudit } from '../../src/store/audit-check.ts';
import type { AuditRepository } from '../../src/store/control.ts';
import { openStore } from '../../src/store/open.ts';
import { loadSigningKey, type SigningKey } from '../../src/store/signing-key.ts';
import type { Store } from '../../src/store/store.ts';
import { type S3Server, startS3 } from '../support/s3.ts';
import { minute } from './store-builders.ts';
import { anEntry } from './store-control-builders.ts';

let dataDir: string;
let store: Store;
let key: SigningKey;
let s3: S3Server;

beforeAll(async () => {
  s3 = await startS3();
  dataDir = await mkdtemp(join(tmpdir(), 'plumbline-anchors-'));
  store = await openStore({ url: null, dataDir });
  key = await loadSigningKey({ dataDir, create: true });
  for (let index = 0; index < 4; index += 1) await store.audit.append(anEntry({ reason: `${index}` }));
}, 1_200_000);

afterAll(async () => {
  await store?.close();
  await s3?.stop();
  await rm(dataDir, { recursive: true, force: true });
});

const verify = (text: string, signature: string) => key.verify(text, signature);

/** The chain as somebody has written it anew who owns the database: every hash right, and no head left. */
async function rewritten(): Promise<{ audit: AuditRepository }> {
  let previous = FIRST_PREVIOUS;
  const records: AuditRecord[] = [];
  for (const record of await store.audit.list({ afterSeq: 0, limit: 99 })) {
    const next = { ...record, actor: 'mallory', previous };
    previous = auditHash(next);
    records.push({ ...next, hash: previous });
  }
  const list: AuditRepository['list'] = async ({ afterSeq }) => records.filter(({ seq }) => seq > afterSeq);
  return { audit: { ...store.audit, list, heads: async () => [] } };
}

async function anchorNow(anchor: HeadAnchor): Promise<void> {
  await createAuditAnchor({ store, key, anchors: [anchor] }).tick(minute(9), { force: true });
}

describe('anchors that can be read back', () => {
  it.each<[string, boolean, () => HeadAnchor]>([
    ['a file of this machine', false, () => fileAnchor(join(dataDir, 'heads.ndjson'))],
    ['a bucket', true, () => s3Anchor({ ...s3.settings, retainDays: null })],
  ])('%s confirms the chain, and finds one that was rewritten whole', async (_, outside, make) => {
    const anchor = make();
    expect(anchor.outside).toBe(outside);
    await anchorNow(anchor);
    expect(await verifyAudit(store, { verify, anchors: [anchor] })).toMatchObject({
      ok: true,
      anchoredTo: 4,
    });
    const forged = await rewritten();
    expect(await verifyAudit(forged, { verify, anchors: [] })).toMatchObject({ ok: true });
    const found = await verifyAudit(forged, { verify, anchors: [anchor] });
    expect(found.problems.map(({ kind, seq }) => [kind, seq])).toEqual([['edited', 4]]);
  });

  it('a bucket that refuses is an error that is tried again, and leaves the head unanchored there', async () => {
    const refused = s3Anchor({ ...s3.settings, bucket: 'nowhere', retainDays: null });
    await expect(anchorNow(refused)).rejects.toMatchObject({ code: 'audit_anchor_failed', retryable: true });
    expect((await store.audit.lastHead())?.anchor).not.toContain('nowhere');
  });

  it('is known to fail, with its code, until it takes the head', async () => {
    const bucket = s3Anchor({ ...s3.settings, bucket: 'later', retainDays: null });
    const anchor = createAuditAnchor({ store, key, anchors: [bucket] });
    await expect(anchor.tick(minute(10))).rejects.toMatchObject({ code: 'audit_anchor_failed' });
    await expect(anchor.tick(minute(11))).rejects.toMatchObject({ code: 'audit_anchor_failed' });
    const since = { since: minute(10), code: 'audit_anchor_failed' };
    expect([...anchor.failures()]).toEqual([[bucket.name, since]]);
    const { endpoint, accessKeyId, secretAccessKey, region } = s3.settings;
    const client = new AwsClient({ accessKeyId, secretAccessKey, region, service: 's3' });
    const made = await client.fetch(`${endpoint}/later`, {
      method: 'PUT',
      headers: { 'x-amz-content-sha256': createHash('sha256').digest('hex') },
    });
    expect(made.status).toBe(200);
    await anchor.tick(minute(12));
    expect([...anchor.failures()]).toEqual([]);
  });

  it('asks the bucket to lock each head for its days', async () => {
    const { endpoint, accessKeyId, secretAccessKey, region } = s3.settings;
    const client = new AwsClient({ accessKeyId, secretAccessKey, region, service: 's3' });
    const sha256 = { 'x-amz-content-sha256': createHash('sha256').digest('hex') };
    const made = await client.fetch(`${endpoint}/locked`, {
      method: 'PUT',
      headers: { ...sha256, 'x-amz-bucket-object-lock-enabled': 'true' },
    });
    expect(made.status).toBe(200);
    const anchor = s3Anchor({ ...s3.settings, bucket: 'locked', prefix: '', retainDays: 30 });
    await anchorNow(anchor);
    const [head] = await anchor.read();
    const object = `${endpoint}/locked/audit-heads/000000000004-${head!.hash.slice(0, 16)}.json`;
    const answer = await client.fetch(object, { method: 'HEAD', headers: sha256 });
    expect(answer.headers.get('x-amz-object-lock-mode')).toBe('COMPLIANCE');
    const removed = await client.fetch(object, { method: 'DELETE', headers: sha256 });
    expect(removed.ok).toBe(false);
  });
});

describe('syslog', () => {
  it('takes each head as an RFC 5424 message over TCP', async () => {
    let said = '';
    const server = createServer((socket) => socket.on('data', (bytes: Buffer) => (said += bytes.toString())));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await anchorNow(syslogAnchor({ host: '127.0.0.1', port, protocol: 'tcp' }));
    server.close();
    const [, length, message] = /^(\d+) (.*)$/s.exec(said)!;
    expect(Number(length)).toBe(Buffer.byteLength(message!));
    expect(message).toMatch(/^<109>1 \S+ \S+ plumbline \d+ audit-head - \{"seq":4,"hash":"[0-9a-f]{64}"/);
  });

  it('takes it over UDP, too', async () => {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const heard = once(socket, 'message');
    await anchorNow(syslogAnchor({ host: '127.0.0.1', port: socket.address().port, protocol: 'udp' }));
    const [message] = (await heard) as [Buffer];
    socket.close();
    expect(message.toString()).toMatch(/^<109>1 .*"key_id"/);
  });

  it('that does not answer is an error', async () => {
    const dead = syslogAnchor({ host: '127.0.0.1', port: 1, protocol: 'tcp' });
    await expect(anchorNow(dead)).rejects.toMatchObject({ code: 'audit_anchor_failed' });
  });
});
