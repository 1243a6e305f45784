import { createHmac, timingSafeEqual } from 'node:crypto';
import { canonicalJson } from '../canonical-json.ts';
import type { TaskKind } from '../task.ts';

/** Keeps vouchers apart from anything else that is made with the same key. */
const PURPOSE = 'plumbline starter v1\n';
/**
 * How long a request may be on its way. Shorter than tasks are kept: as long as a voucher counts, the store knows whether it
 * was used.
 */
const LIFE_MS = 24 * 3_600_000;
/** How far the clock of whoever vouches may be ahead. */
const CLOCK_SKEW_MS = 5 * 60_000;

/** Who or what a request for a task says that it is from. Left out is the same as empty. */
export interface StarterClaim {
  repo: string;
  kind: TaskKind;
  actor?: string | undefined;
  trigger?: string | undefined;
  first_trigger?: string | undefined;
}

/** Plumbline's own word on who starts a task: for one task, whose store notes that it was used. JSON only. */
export interface StarterVoucher {
  id: string;
  /** ISO 8601. */
  at: string;
  /** What it is for; the actor and the repo are those of the request. */
  trigger: string;
  first_trigger: string;
  /** HMAC-SHA-256, base64url. */
  seal: string;
}

/**
 * Vouches for the starter of one task, with a key that the server and its workers have and nobody who only reaches Temporal. See
 * ADR 0016.
 */
export function vouchFor(
  key: Uint8Array,
  claim: StarterClaim,
  { id, at }: Pick<StarterVoucher, 'id' | 'at'>,
): StarterVoucher {
  const open = { id, at, trigger: claim.trigger ?? '', first_trigger: claim.first_trigger ?? '' };
  return { ...open, seal: sealOf(key, claim, open) };
}

/**
 * Whether Plumbline itself vouches for this starter. What was typed by hand may lack anything, and is no voucher then. Whether it was
 * used before is for the store to say.
 */
export function isVouched(
  key: Uint8Array,
  claim: StarterClaim,
  voucher: Partial<StarterVoucher> | null | undefined,
  now: Date,
): voucher is StarterVoucher {
  const { id, at, trigger, first_trigger, seal } = voucher ?? {};
  for (const part of [id, at, trigger, first_trigger, seal]) if (typeof part !== 'string') return false;
  const open = { id, at, trigger, first_trigger } as Omit<StarterVoucher, 'seal'>;
  const ageMs = now.getTime() - Date.parse(open.at);
  if (!(ageMs >= -CLOCK_SKEW_MS && ageMs <= LIFE_MS)) return false;
  const right = Buffer.from(sealOf(key, claim, open));
  const given = Buffer.from(seal!);
  return right.length === given.length && timingSafeEqual(right, given) && fits(claim, open);
}

/** Another try that a push has overtaken is a part of the push: see `mergeRequests`. */
function fits(claim: StarterClaim, voucher: Pick<StarterVoucher, 'trigger' | 'first_trigger'>): boolean {
  const { trigger = '', first_trigger: first = '' } = claim;
  if (trigger === voucher.trigger && first === voucher.first_trigger) return true;
  return voucher.trigger === 'retry' && trigger === 'push' && first === '';
}

function sealOf(
  key: Uint8Array,
  { repo, kind, actor = '' }: StarterClaim,
  { id, at, trigger, first_trigger }: Omit<StarterVoucher, 'seal'>,
): string {
  const text = canonicalJson({ repo, kind, actor, id, at, trigger, first_trigger });
  return createHmac('sha256', key).update(PURPOSE).update(text).digest('base64url');
}
