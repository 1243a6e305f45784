import { generateKeyPairSync, sign, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { auditHash, FIRST_PREVIOUS, headText } from './chain.ts';
import { verifyChain } from './verify.ts';
import type { AuditHead, AuditRecord } from './record.ts';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const keys = {
  verify: (text: string, signature: string) =>
    verify(null, Buffer.from(text), publicKey, Buffer.from(signature, 'base64url')),
};

function link(seq: number, previous: string, reason = `reason ${seq}`): AuditRecord {
  const record = {
    seq,
    at: new Date(Date.UTC(2026, 2, 1, 8, seq)).toISOString(),
    actor: 'alice@example.com',
    action: 'decision.approved' as const,
    repo: 'my-infra',
    stackKey: 'envs/prod',
    environment: 'production',
    taskId: null,
    commit: 'c0ffee',
    digest: 'v1:sha256:00',
    result: 'ok',
    reason,
    source: 'api 10.0.0.7',
    details: { signed: true },
    previous,
  };
  return { ...record, hash: auditHash(record) };
}

function aChain(length: number, from: AuditRecord[] = []): AuditRecord[] {
  const chain = [...from];
  while (chain.length < length) chain.push(link(chain.length + 1, chain.at(-1)?.hash ?? FIRST_PREVIOUS));
  return chain;
}

function headOf(record: AuditRecord, anchor = ''): AuditHead {
  const point = { seq: record.seq, hash: record.hash, at: '2026-03-01T09:00:00.000Z' };
  const signature = sign(null, Buffer.from(headText(point)), privateKey).toString('base64url');
  return { ...point, signature, keyId: 'key-1', anchor };
}

const found = (records: AuditRecord[], heads: AuditHead[] = []) =>
  verifyChain(records, heads, keys).problems.map(({ kind, seq }) => `${kind} ${seq}`);

describe('verifyChain', () => {
  it('finds nothing in a whole chain, and says up to where it is anchored', () => {
    const chain = aChain(12);
    const heads = [headOf(chain[4]!, 'file a'), headOf(chain[9]!)];
    expect(verifyChain(chain, heads, keys)).toEqual({ ok: true, checked: 12, anchoredTo: 5, problems: [] });
    expect(verifyChain([], [], keys)).toEqual({ ok: true, checked: 0, anchoredTo: 0, problems: [] });
  });

  it('finds an edit of any field, and only there', () => {
    const chain = aChain(5);
    for (const field of Object.keys(chain[0]!) as (keyof AuditRecord)[]) {
      if (field === 'seq') continue;
      const edited = chain.map((record) => (record.seq === 3 ? { ...record, [field]: 'x' } : record));
      expect(found(edited), field).toEqual(['edited 3']);
    }
  });

  it('finds a record that was replaced with a hash that fits it', () => {
    const chain = aChain(5);
    chain[2] = link(3, chain[1]!.hash, 'another reason');
    expect(found(chain)).toEqual(['edited 4']);
  });

  it('finds a chain that was rewritten to its end, by a head', () => {
    const chain = aChain(8);
    const rewritten = aChain(8, [chain[0]!, chain[1]!, link(3, chain[1]!.hash, 'another reason')]);
    expect(found(rewritten)).toEqual([]);
    expect(found(rewritten, [headOf(chain[5]!)])).toEqual(['edited 6']);
    expect(found(rewritten, [headOf(chain[1]!)])).toEqual([]);
  });

  it('finds removed records, at the start, in between, and at the end as far as heads reach', () => {
    const chain = aChain(8);
    const without = (...seqs: number[]) => chain.filter((record) => !seqs.includes(record.seq));
    expect(found(without(1))).toEqual(['removed 1']);
    expect(found(without(4, 5))).toEqual(['removed 4']);
    expect(verifyChain(without(4, 5), [], keys).problems[0]!.message).toBe('Records 4 to 5 are missing.');
    expect(found(without(7, 8))).toEqual([]);
    expect(found(without(7, 8), [headOf(chain[6]!, 'file a')])).toEqual(['truncated 7']);
    expect(found([], [headOf(chain[6]!)])).toEqual(['truncated 1']);
  });

  it('finds what was removed and closed up by numbering anew', () => {
    const chain = aChain(6);
    const closed = chain
      .filter(({ seq }) => seq !== 3)
      .map((record, index) => ({ ...record, seq: index + 1 }));
    expect(found(closed)).toEqual(['edited 3', 'edited 4', 'edited 5']);
  });

  it('tells records that changed places from edited ones', () => {
    const chain = aChain(9);
    const swapped = (a: number, b: number) =>
      chain
        .map((record) => ({ ...record, seq: record.seq === a ? b : record.seq === b ? a : record.seq }))
        .sort((one, other) => one.seq - other.seq);
    expect(found(swapped(5, 6))).toEqual(['reordered 5', 'reordered 6']);
    expect(found(swapped(2, 8))).toEqual(['reordered 2', 'reordered 8']);
    expect(found([chain[0]!, chain[2]!, chain[1]!, ...chain.slice(3)])).toContain('reordered 2');
    expect(found([...aChain(3), aChain(3)[2]!])).toEqual(['reordered 3']);
  });

  it('finds where a record went that was given a number far away', () => {
    const moved = aChain(5).map((record) => (record.seq === 3 ? { ...record, seq: 30 } : record));
    expect(found(moved.sort((a, b) => a.seq - b.seq))).toEqual(['removed 3', 'removed 6', 'reordered 30']);
  });

  it('believes no head with a false signature', () => {
    const chain = aChain(4);
    const head = headOf(chain[3]!, 'file a');
    const other = { ...head, hash: chain[2]!.hash };
    expect(verifyChain(chain, [other], keys)).toMatchObject({ ok: false, anchoredTo: 0 });
    for (const [field, value] of [
      ['seq', 3],
      ['hash', 'f00'],
      ['at', '2026-03-01T09:00:00.001Z'],
      ['signature', 'AAAA'],
    ] as const) {
      expect(found(chain, [{ ...head, [field]: value }]), field).toEqual([
        `bad_head ${field === 'seq' ? 3 : 4}`,
      ]);
    }
  });
});

describe('auditHash', () => {
  it('is over the exported names, so that an export can be checked with nothing but SHA-256', () => {
    const record = link(1, FIRST_PREVIOUS);
    expect(record.hash).toMatch(/^[0-9a-f]{64}$/);
    expect(auditHash({ ...record, details: { b: 1, a: 2 } })).toBe(
      auditHash({ ...record, details: { a: 2, b: 1 } }),
    );
  });
});
