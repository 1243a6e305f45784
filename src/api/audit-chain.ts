import { anchorsOf } from '../domain/audit/anchor-health.ts';
import type { AuditHead, AuditRecord } from '../domain/audit/record.ts';
import { auditHash, headText } from '../domain/audit/chain.ts';
import { createChainCheck } from '../domain/audit/verify.ts';
import { auditRecords } from '../store/audit-check.ts';
import type { ApiDeps, AuditAnchorState } from './deps.ts';
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
  const anchors = (await deps.auditAnchors?.()) ?? [];
  const read = anchors.flatMap(({ heads }) => heads ?? []);
  // What the store says of its anchors proves nothing: only heads that were read from there count.
  const heads = [...stored.map((head) => ({ ...head, anchor: '' })), ...read];
  const verify = (text: string, signature: string) => deps.signingKey?.verify(text, signature) ?? false;
  const check = createChainCheck(heads, { verify });
  const confirms = confirmer(anchors, verify);
  let last: AuditRecord | undefined;
  for await (const record of auditRecords(deps.store)) {
    check.take(record);
    confirms.take(record);
    onRecord(record);
    last = record;
  }
  const { ok, checked, problems } = check.finish();
  const states = confirms.finish(stored);
  const best = states
    .filter(({ outside, confirmed_to: to }) => outside && to !== null)
    .toSorted((a, b) => b.confirmed_to! - a.confirmed_to!)[0];
  const signed = stored.reduce((most, { seq }) => Math.max(most, seq), 0);
  return {
    ok,
    records: checked,
    last: last ? { seq: last.seq, hash: last.hash, at: last.at } : null,
    faults: problems.map(({ seq, kind, message }) => ({ seq, code: kind, message })),
    signed_to: signed === 0 ? null : signed,
    anchored_to: best?.confirmed_to ?? null,
    anchor: best?.name ?? '',
    anchors: states,
    checked_at: deps.clock.now().toISOString(),
  };
}

type AnchorJson = AuditVerificationJson['anchors'][number];

/** Finds out up to where each anchor's own heads confirm the chain. */
function confirmer(
  anchors: readonly AuditAnchorState[],
  verify: (text: string, signature: string) => boolean,
): { take(record: AuditRecord): void; finish(stored: readonly AuditHead[]): AnchorJson[] } {
  const bySeq = new Map<number, { head: AuditHead; name: string }[]>();
  for (const { name, heads } of anchors) {
    for (const head of heads ?? []) {
      if (!verify(headText(head), head.signature)) continue;
      bySeq.set(head.seq, [...(bySeq.get(head.seq) ?? []), { head, name }]);
    }
  }
  const confirmed = new Map<string, number>();
  return {
    take(record) {
      for (const { head, name } of bySeq.get(record.seq) ?? [])
        if (head.hash === auditHash(record)) confirmed.set(name, record.seq);
    },
    finish: (stored) =>
      anchors.map(({ name, outside, heads, error }) => ({
        name,
        outside,
        readable: heads !== null,
        confirmed_to: confirmed.get(name) ?? null,
        written_to: writtenTo(stored, name),
        error,
      })),
  };
}

/** The newest head that the store says was written there; it lags behind while the anchor fails. */
function writtenTo(stored: readonly AuditHead[], name: string): number | null {
  return stored.findLast(({ anchor }) => anchorsOf({ anchor }).includes(name))?.seq ?? null;
}
