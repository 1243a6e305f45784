import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { auditHash, FIRST_PREVIOUS } from './chain.ts';
import { type AuditExportFormat, csvCell, exportAudit } from './export.ts';
import type { AuditRecord } from './record.ts';

function aRecord(seq: number, overrides: Partial<AuditRecord> = {}): AuditRecord {
  const record = {
    seq,
    at: '2026-03-01T08:00:00.000Z',
    actor: 'alice@example.com',
    action: 'login' as const,
    repo: null,
    stackKey: null,
    environment: null,
    taskId: null,
    commit: null,
    digest: null,
    result: 'ok',
    reason: '',
    source: 'api 10.0.0.7',
    details: {},
    previous: FIRST_PREVIOUS,
    ...overrides,
  };
  return { ...record, hash: auditHash(record) };
}

async function text(records: AuditRecord[], format: AuditExportFormat): Promise<string> {
  let whole = '';
  for await (const piece of exportAudit(records, format)) whole += piece;
  return whole;
}

describe('exportAudit', () => {
  const records = [aRecord(1), aRecord(2, { reason: 'said "no",\nthen left', stackKey: 'envs/prod' })];

  it('gives JSON and NDJSON whose records can be checked with SHA-256 alone', async () => {
    const lines = (await text(records, 'ndjson')).trimEnd().split('\n');
    expect(lines).toHaveLength(2);
    for (const line of lines) {
      const { hash } = JSON.parse(line) as { hash: string };
      const hashed = line.replace(`"hash":"${hash}",`, '');
      expect(createHash('sha256').update(hashed).digest('hex')).toBe(hash);
    }
    const whole = JSON.parse(await text(records, 'json')) as { records: unknown[] };
    expect(whole.records).toEqual(lines.map((line) => JSON.parse(line) as unknown));
    expect(whole.records[1]).toMatchObject({ seq: 2, stack: 'envs/prod', task_id: null });
    expect(JSON.parse(await text([], 'json'))).toEqual({ records: [] });
    expect(await text([], 'ndjson')).toBe('');
  });

  it('gives CSV with a header and lines that end with CR LF', async () => {
    const csv = await text(records, 'csv');
    expect(csv.split('\r\n')).toHaveLength(4);
    expect(csv).toMatch(/^seq,at,actor,action,repo,stack,/);
    expect(csv).toContain(',ok,"said ""no"",\nthen left",api 10.0.0.7,{},');
  });
});

describe('csvCell', () => {
  it.each([
    [null, ''],
    ['', ''],
    [7, '7'],
    [-7, '-7'],
    ['plain', 'plain'],
    ['a,b', '"a,b"'],
    ['=HYPERLINK("http://x","y")', '"\'=HYPERLINK(""http://x"",""y"")"'],
    ['+1', "'+1"],
    ['-1', "'-1"],
    ['@SUM(1)', "'@SUM(1)"],
    ['\tx', "'\tx"],
    ['\r=1', '"\'\r=1"'],
    [{ a: '=1' }, '"{""a"":""=1""}"'],
  ])('writes %j as %s', (value, cell) => {
    expect(csvCell(value)).toBe(cell);
  });
});
