import type { JsonValue } from '../domain/json.ts';
import { isJsonObject } from '../domain/json.ts';
import type { KubeRequest } from './cluster.ts';

const MOST_TRIES = 5;
const MOST_BROKEN_TRIES = 3;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 30_000;
const THROTTLED_MS = 1000;

/** What came of one try. */
export type Outcome =
  /** `retryAfterMs` as the server said it, or null. */
  | { kind: 'status'; status: number; retryAfterMs: number | null }
  /** The connection failed before anything was sent. */
  | { kind: 'unsent' }
  /** The connection failed when the request may have been there. */
  | { kind: 'broken' };

/**
 * How long to wait before the same request is sent again; null: not again. A request that may have been done already is
 * repeated only when that changes nothing; one that was refused before it was looked at (429), always.
 * @param tries how often it was sent, 1 or more
 * @param random from 0 to 1: so that many callers don't come back together
 */
export function retryPauseMs(tries: number, outcome: Outcome, safe: boolean, random: number): number | null {
  const jitter = 0.5 + random / 2;
  const backoff = Math.min(FIRST_PAUSE_MS * 2 ** (tries - 1), LONGEST_PAUSE_MS) * jitter;
  switch (outcome.kind) {
    case 'unsent':
      return tries < MOST_BROKEN_TRIES ? backoff : null;
    case 'broken':
      return safe && tries < MOST_BROKEN_TRIES ? backoff : null;
    case 'status': {
      const { status, retryAfterMs } = outcome;
      if (tries >= MOST_TRIES) return null;
      const again = status === 429 || (safe && retryAfterMs !== null && status >= 500);
      if (!again) return null;
      // Never before the server's time; a little after it, so that not all come at once.
      const asked = Math.min(retryAfterMs ?? THROTTLED_MS, LONGEST_PAUSE_MS);
      return asked + backoff;
    }
  }
}

/**
 * Whether a request may be sent twice without harm: reads, dry runs, deletions (of one object, which is gone then) and
 * server-side applies. An apply that is bound to a `resourceVersion` is not: its second run would be refused for what its
 * first one did.
 */
export function isSafeToRepeat(
  request: Pick<KubeRequest, 'method' | 'query' | 'contentType' | 'body'>,
): boolean {
  if (request.method === 'GET' || request.method === 'DELETE') return true;
  if (request.query?.['dryRun'] === 'All') return true;
  const isApply = request.method === 'PATCH' && request.contentType?.startsWith('application/apply-patch');
  return isApply === true && !isBound(request.body);
}

function isBound(body: JsonValue | undefined): boolean {
  const metadata = isJsonObject(body) ? body['metadata'] : undefined;
  return isJsonObject(metadata) && metadata['resourceVersion'] !== undefined;
}

/** `Retry-After` in ms: seconds, as Kubernetes sends it; null when there is none or it is a date. */
export function retryAfterMs(header: string | undefined, retryAfterSeconds: number | null): number | null {
  const seconds =
    header !== undefined && /^\d{1,6}$/.test(header.trim()) ? Number(header) : retryAfterSeconds;
  return seconds === null ? null : seconds * 1000;
}
