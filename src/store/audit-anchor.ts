import { type AnchorFailure, anchorsOf, anchorText } from '../domain/audit/anchor-health.ts';
import type { AuditHead } from '../domain/audit/record.ts';
import { headText } from '../domain/audit/chain.ts';
import { errorCode, PlumblineError } from '../util/errors.ts';
import type { AuditRepository } from './control.ts';

/** A place outside the store where heads are written, so that whoever changes the store can't change them, too. */
export interface HeadAnchor {
  /** Such as `local file /srv/audit/heads.ndjson`: stands in the store beside each head that is there. */
  readonly name: string;
  /** Whether it is beyond the reach of who owns this machine and its database. */
  readonly outside: boolean;
  /** Adds a head; one that is there already may be there twice. */
  write(head: AuditHead): Promise<void>;
  /**
   * All heads that are there, oldest first, each with this anchor's name. What can't be read as one is given as a head
   * without a signature, so that it counts as a false one. Undefined: this kind of place can't be read back (syslog).
   */
  read?(): Promise<AuditHead[]>;
}

/** A head as a line of JSON: `{"seq", "hash", "at", "signature", "key_id"}`. */
export function headLine({ seq, hash, at, signature, keyId }: AuditHead): string {
  return JSON.stringify({ seq, hash, at, signature, key_id: keyId });
}

/** The head that such a line holds; what can't be read as one has no signature, so that it counts as a false one. */
export function headOf(line: string, anchor: string): AuditHead {
  const unreadable = { seq: 0, hash: '', at: '', signature: '', keyId: '', anchor };
  try {
    const { seq, hash, at, signature, key_id: keyId } = JSON.parse(line) as Record<string, unknown>;
    const texts = [hash, at, signature, keyId].every((value) => typeof value === 'string');
    if (!texts || !Number.isSafeInteger(seq)) return unreadable;
    return { seq, hash, at, signature, keyId, anchor } as AuditHead;
  } catch {
    return unreadable;
  }
}

/** Signs heads and writes them to their anchors. */
export interface AuditAnchor {
  /**
   * Signs the last record if it is time to, and writes its head to every anchor where the newest head is missing. Call it
   * as often as you like (once a minute is enough); `force` signs whatever is new, as before a planned stop.
   * @param now ISO 8601
   * @returns the head that was signed now
   * @throws PlumblineError `audit_rewritten` (the record of the last head is another by now: nothing is signed),
   *   `audit_anchor_failed` (the head is kept, and the next call tries again)
   */
  tick(now: string, options?: { force?: boolean }): Promise<AuditHead | undefined>;
  /** The anchors that the last calls could not write to, by name. */
  failures(): ReadonlyMap<string, AnchorFailure>;
}

export interface AuditAnchorOptions {
  store: { audit: AuditRepository };
  /** The signing key: Ed25519 over a text, base64url. */
  key: { keyId: string; sign(text: string): string };
  anchors: readonly HeadAnchor[];
  /** A head after this many records; 100 when not given. */
  everyRecords?: number;
  /** And after this time, if there is a new record; 10 minutes when not given. */
  everyMs?: number;
}

/** Makes what signs heads of the audit chain at intervals and anchors them. For the process that holds the signing key. */
export function createAuditAnchor(options: AuditAnchorOptions): AuditAnchor {
  const { audit } = options.store;
  const failures = new Map<string, AnchorFailure>();
  const note = (name: string, code: string | null, now: string): void => {
    if (code === null) failures.delete(name);
    else failures.set(name, { since: failures.get(name)?.since ?? now, code });
  };
  return {
    async tick(now, { force = false } = {}) {
      const newest = await audit.lastHead();
      if (newest && (await isRewritten(audit, newest))) {
        for (const { name } of options.anchors) note(name, 'audit_rewritten', now);
        throw rewritten(newest);
      }
      const signed = await signIfDue(options, newest, now, force);
      const head = signed ?? newest;
      if (head) await writeAnchors(audit, options.anchors, head, (name, code) => note(name, code, now));
      return signed;
    },
    failures: () => failures,
  };
}

async function isRewritten(audit: AuditRepository, head: AuditHead): Promise<boolean> {
  const [record] = await audit.list({ afterSeq: head.seq - 1, limit: 1 });
  return record?.seq !== head.seq || record.hash !== head.hash;
}

function rewritten(head: AuditHead): PlumblineError {
  return new PlumblineError(
    'audit_rewritten',
    `The audit record ${head.seq} is not the one that was signed on ${head.at}: the chain was changed. Nothing is signed; run \`plumbline audit verify\`.`,
    { details: { seq: head.seq } },
  );
}

async function signIfDue(
  { store, key, everyRecords = 100, everyMs = 600_000 }: AuditAnchorOptions,
  newest: AuditHead | undefined,
  now: string,
  force: boolean,
): Promise<AuditHead | undefined> {
  const last = await store.audit.last();
  const fresh = (last?.seq ?? 0) - (newest?.seq ?? 0);
  if (!last || fresh <= 0) return undefined;
  const due = !newest || fresh >= everyRecords || Date.parse(now) - Date.parse(newest.at) >= everyMs;
  if (!due && !force) return undefined;
  const point = { seq: last.seq, hash: last.hash, at: new Date(now).toISOString() };
  const head = { ...point, signature: key.sign(headText(point)), keyId: key.keyId, anchor: '' };
  await store.audit.addHead(head);
  return head;
}

async function writeAnchors(
  audit: AuditRepository,
  anchors: readonly HeadAnchor[],
  head: AuditHead,
  note: (name: string, code: string | null) => void,
): Promise<void> {
  const there = new Set(anchorsOf(head));
  // One that has the head did not fail, whoever wrote it there.
  for (const name of there) note(name, null);
  const missing = anchors.filter((anchor) => !there.has(anchor.name));
  if (missing.length === 0) return;
  const failed: { name: string; cause: unknown }[] = [];
  for (const anchor of missing) {
    try {
      await anchor.write(head);
      there.add(anchor.name);
      note(anchor.name, null);
    } catch (cause) {
      note(anchor.name, errorCode(cause) ?? 'audit_anchor_failed');
      failed.push({ name: anchor.name, cause });
    }
  }
  await audit.setAnchor(head.seq, anchorText(there));
  if (failed.length === 0) return;
  const names = failed.map(({ name }) => name).join(', ');
  throw new PlumblineError(
    'audit_anchor_failed',
    `The head of audit record ${head.seq} could not be written to ${names}: it is tried again.`,
    { cause: failed[0]!.cause, retryable: true, details: { seq: head.seq, anchors: names } },
  );
}
