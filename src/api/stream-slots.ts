import type { FastifyRequest } from 'fastify';
import { RequestError } from './problem.ts';

/** Event streams that are open at once. Each costs a connection and a queue, for as long as its reader likes. */
export interface StreamLimits {
  all: number;
  /** Of one person or, where nobody can be told apart, of one address. */
  each: number;
}

const STREAM_LIMITS: StreamLimits = { all: 2_000, each: 100 };

/** Hands out places for event streams. */
export interface StreamSlots {
  /**
   * Takes a place.
   * @returns gives it back; safe to call again
   * @throws RequestError 429 `too_many_streams`
   */
  take(request: Pick<FastifyRequest, 'person' | 'address'>): () => void;
}

/** Makes the places of one app. */
export function createStreamSlots(limits: StreamLimits = STREAM_LIMITS): StreamSlots {
  const taken = new Map<string, number>();
  let all = 0;
  return {
    take: ({ person, address }) => {
      const known = person.via === 'token' || person.via === 'oidc';
      const key = known ? `person ${person.id}` : `address ${address}`;
      const own = taken.get(key) ?? 0;
      if (own >= limits.each || all >= limits.all) throw tooMany(own >= limits.each);
      taken.set(key, own + 1);
      all += 1;
      let held = true;
      return () => {
        if (!held) return;
        held = false;
        all -= 1;
        const left = taken.get(key)! - 1;
        if (left === 0) taken.delete(key);
        else taken.set(key, left);
      };
    },
  };
}

function tooMany(own: boolean): RequestError {
  const whose = own ? 'you follow' : 'are followed';
  return new RequestError(
    429,
    'too_many_streams',
    `Too many tasks ${whose} at once: close some, or ask again later`,
  );
}
