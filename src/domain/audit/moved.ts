import type { AuditRecord } from './record.ts';
import { auditHash } from './chain.ts';
import type { ChainProblem } from './verify.ts';

/** A record whose hash is false, and the record before which it stands. */
export interface Suspect {
  record: AuditRecord;
  before: { seq: number; hash: string };
}

/**
 * Which suspects are whole but for their number: the record that a suspect names as its predecessor tells the number that
 * it had, and with that number its hash is right again.
 * @param edges the records before gaps, where a moved one may have stood
 */
export function findMoved(
  suspects: readonly Suspect[],
  edges: readonly Suspect['before'][],
): Map<AuditRecord, ChainProblem> {
  const moved = new Map<AuditRecord, ChainProblem>();
  const seqOf = new Map(
    [...suspects.map(({ before }) => before), ...edges].map(({ hash, seq }) => [hash, seq]),
  );
  const open = new Set(suspects.map(({ record }) => record));
  // A suspect that is placed places the one that followed it: as long as there is one, go on.
  for (let found = true; found;) {
    found = false;
    for (const record of open) {
      const seq = (seqOf.get(record.previous) ?? Number.NaN) + 1;
      if (Number.isNaN(seq) || seq === record.seq || auditHash({ ...record, seq }) !== record.hash) continue;
      open.delete(record);
      seqOf.set(record.hash, seq);
      moved.set(record, reordered(record.seq, seq));
      found = true;
    }
  }
  return moved;
}

function reordered(seq: number, was: number): ChainProblem {
  return {
    seq,
    kind: 'reordered',
    message: `Record ${seq} is the one that was written as record ${was}.`,
  };
}
