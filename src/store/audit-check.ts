import type { AuditRecord } from '../domain/audit/record.ts';
import { type ChainOptions, type ChainReport, createChainCheck } from '../domain/audit/verify.ts';
import type { HeadAnchor } from './audit-anchor.ts';
import type { AuditQuery, AuditRepository } from './control.ts';

const PAGE = 1000;

/**
 * Reads the whole audit chain and says what is wrong with it, judged by the heads in the store and by those that are
 * really at the anchors. Memory stays small whatever the length.
 * @param options.anchors places to read heads from
 */
export async function verifyAudit(
  store: { audit: AuditRepository },
  options: ChainOptions & { anchors: readonly HeadAnchor[] },
): Promise<ChainReport> {
  const kept = await store.audit.heads();
  const read = await Promise.all(options.anchors.map(async (anchor) => (await anchor.read?.()) ?? []));
  // What the store says about anchors proves nothing.
  const heads = [...kept.map((head) => ({ ...head, anchor: '' })), ...read.flat()];
  const check = createChainCheck(heads, options);
  for await (const record of auditRecords(store)) check.take(record);
  return check.finish();
}

/** All records that `query` chooses, by seq, read in pages. Records that are appended meanwhile may be among them. */
export async function* auditRecords(
  store: { audit: AuditRepository },
  query: AuditQuery = {},
): AsyncGenerator<AuditRecord> {
  let afterSeq = 0;
  for (;;) {
    const records = await store.audit.list({ ...query, afterSeq, limit: PAGE });
    yield* records;
    if (records.length < PAGE) return;
    afterSeq = records.at(-1)!.seq;
  }
}
