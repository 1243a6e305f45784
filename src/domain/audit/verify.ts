import type { AuditHead, AuditRecord } from './record.ts';
import { auditHash, FIRST_PREVIOUS, headText } from './chain.ts';
import { findMoved, type Suspect } from './moved.ts';

/**
 * `edited`: a record is not what was written. `removed`: records are missing before the end. `reordered`: a record stands
 * where it doesn't belong. `bad_head`: a head's signature is false or of an unknown key. `truncated`: a head knows more
 * records than there are.
 */
export type ChainProblemKind = 'edited' | 'removed' | 'reordered' | 'bad_head' | 'truncated';

/** What is wrong, and at which record (or where one should be). */
export interface ChainProblem {
  seq: number;
  kind: ChainProblemKind;
  message: string;
}

/** What a look at the whole chain found. */
export interface ChainReport {
  ok: boolean;
  /** Records that were looked at. */
  checked: number;
  /** The last record that a good head from outside the store vouches for; 0: none. What is after it could be cut off unseen. */
  anchoredTo: number;
  /** By seq; at most a thousand. */
  problems: ChainProblem[];
}

export interface ChainOptions {
  /** Whether one of the keys that are believed has signed this text (base64url). */
  verify(text: string, signature: string): boolean;
}

const MOST_PROBLEMS = 1000;

/**
 * Looks at a whole chain: finds every edit, removal (at the end, too, as far as heads reach) and reordering.
 * Pass a head's `anchor` empty unless it was really read from there: what the store says of its anchors proves nothing.
 * @param records ascending by seq, from the first on
 */
export function verifyChain(
  records: Iterable<AuditRecord>,
  heads: readonly AuditHead[],
  options: ChainOptions,
): ChainReport {
  const check = createChainCheck(heads, options);
  for (const record of records) check.take(record);
  return check.finish();
}

/** The same, one record after the other: for chains that don't fit into memory. */
export interface ChainCheck {
  take(record: AuditRecord): void;
  finish(): ChainReport;
}

/** Starts a look at a chain; `verifyChain` says what it finds. */
export function createChainCheck(heads: readonly AuditHead[], options: ChainOptions): ChainCheck {
  const problems: ChainProblem[] = [];
  const suspects: Suspect[] = [];
  const edges: Suspect['before'][] = [];
  const unlinked: AuditRecord[] = [];
  const { good, bad } = checkedHeads(heads, options);
  problems.push(...bad);
  let checked = 0;
  let anchoredTo = 0;
  let last = { seq: 0, hash: FIRST_PREVIOUS, computed: FIRST_PREVIOUS };
  return {
    take(record) {
      checked += 1;
      const computed = auditHash(record);
      const gap = gapBefore(last.seq, record.seq);
      if (gap) problems.push(gap);
      if (gap) edges.push(last);
      const linked = record.previous === last.hash || record.previous === last.computed;
      if (computed !== record.hash) suspects.push({ record, before: last });
      else if (!linked && !gap) unlinked.push(record);
      for (const head of good.get(record.seq) ?? []) {
        if (head.hash !== computed) problems.push(rewritten(head));
        else if (head.anchor !== '') anchoredTo = Math.max(anchoredTo, record.seq);
      }
      last = { seq: Math.max(last.seq, record.seq), hash: record.hash, computed };
    },
    finish() {
      const moved = findMoved(suspects, edges);
      for (const { record } of suspects) problems.push(moved.get(record) ?? edited(record.seq));
      // Behind a moved or edited record the link is broken without a fault of this one's own.
      const broken = new Set(suspects.map(({ record }) => record.seq + 1));
      for (const record of unlinked) if (!broken.has(record.seq)) problems.push(replacedBefore(record.seq));
      problems.push(...truncation(good, last.seq));
      problems.sort((a, b) => a.seq - b.seq);
      return { ok: problems.length === 0, checked, anchoredTo, problems: problems.slice(0, MOST_PROBLEMS) };
    },
  };
}

function gapBefore(last: number, seq: number): ChainProblem | undefined {
  if (seq === last + 1) return undefined;
  if (seq <= last) {
    return {
      seq,
      kind: 'reordered',
      message: `Record ${seq} stands after record ${last}: it was moved or is there twice.`,
    };
  }
  const missing = seq === last + 2 ? `Record ${last + 1} is` : `Records ${last + 1} to ${seq - 1} are`;
  return { seq: last + 1, kind: 'removed', message: `${missing} missing.` };
}

function edited(seq: number): ChainProblem {
  return { seq, kind: 'edited', message: `Record ${seq} is not what was written: its hash is another.` };
}

function replacedBefore(seq: number): ChainProblem {
  return {
    seq,
    kind: 'edited',
    message: `Record ${seq} doesn't follow from the one before it: what is before it was rewritten.`,
  };
}

function rewritten(head: AuditHead): ChainProblem {
  return {
    seq: head.seq,
    kind: 'edited',
    message: `Record ${head.seq} is not the one that was signed on ${head.at}${at(head)}: the chain up to it was rewritten.`,
  };
}

function truncation(good: ReadonlyMap<number, readonly AuditHead[]>, last: number): ChainProblem[] {
  const beyond = [...good.values()].flat().filter((head) => head.seq > last);
  const farthest = beyond.sort((a, b) => b.seq - a.seq)[0];
  if (!farthest) return [];
  const message = `The chain ends with record ${last}, and record ${farthest.seq} was signed on ${farthest.at}${at(farthest)}: the end was cut off.`;
  return [{ seq: last + 1, kind: 'truncated', message }];
}

function at(head: AuditHead): string {
  return head.anchor === '' ? '' : ` (${head.anchor})`;
}

function checkedHeads(
  heads: readonly AuditHead[],
  options: ChainOptions,
): { good: Map<number, AuditHead[]>; bad: ChainProblem[] } {
  const good = new Map<number, AuditHead[]>();
  const bad: ChainProblem[] = [];
  for (const head of heads) {
    if (options.verify(headText(head), head.signature)) {
      good.set(head.seq, [...(good.get(head.seq) ?? []), head]);
    } else {
      const message = `The head of record ${head.seq}${at(head)} has a false signature, or one of an unknown key (${head.keyId}).`;
      bad.push({ seq: head.seq, kind: 'bad_head', message });
    }
  }
  return { good, bad };
}
