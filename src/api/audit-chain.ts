import type { AuditRecord } from '../domain/audit.ts';
import { createChainCheck } from '../domain/audit-verify.ts';
import { auditRecords } from '../store/audit-check.ts';
import type { ApiDeps } from './deps.ts';
import type { AuditVerificationJson } from './schemas/audit.ts';

/**
 * Checks every link of the chain and every signed head, those that stand outside the store among them.
 * @param onRecord sees each record on the way, so that a report needs no second reading
 */
export async function verifyAudit(
  deps: ApiDeps,
  onRecord: (record: AuditRecord) => void = () => {},
): Promise<AuditVerificationJson> {
  // Heads first: records that are appended meanwhile are behind all of them.
  const stored = await deps.store.audit.heads();
  const outside = (await deps.anchoredHeads?.()) ?? [];
  // What the store says of its anchors proves nothing: only heads that were read from there count.
  const heads = [...stored.map((head) => ({ ...head, anchor: '' })), ...outside];
  const check = createChainCheck(heads, {
    verify: (text, signature) => deps.signingKey?.verify(text, signature) ?? false,
  });
  let last: AuditRecord | undefined;
  for await (const record of auditRecords(deps.store)) {
    check.take(record);
    onRecord(record);
    last = record;
  }
  const { ok, checked, anchoredTo, problems } = check.finish();
  const signed = stored.reduce((most, { seq }) => Math.max(most, seq), 0);
  return {
    ok,
    records: checked,
    last: last ? { seq: last.seq, hash: last.hash, at: last.at } : null,
    faults: problems.map(({ seq, kind, message }) => ({ seq, code: kind, message })),
    signed_to: signed === 0 ? null : signed,
    anchored_to: anchoredTo === 0 ? null : anchoredTo,
    anchor: outside.findLast(({ seq }) => seq === anchoredTo)?.anchor ?? '',
    checked_at: deps.clock.now().toISOString(),
  };
}
