import type { FastifyInstance } from 'fastify';
import { RequestError } from '../problem.ts';

const PARTS = ['params', 'query', 'body'] as const;
/** No request that is served has more. What is nested deeper is not walked, nor handed on to whoever would. */
const MOST_LEVELS = 64;

/**
 * Refuses NUL characters wherever a request holds one: no name has them, and PostgreSQL takes them in no text. Refuses what is
 * nested too deeply to be looked through, as well.
 */
export function refuseNulCharacters(app: FastifyInstance): void {
  app.addHook('preValidation', async (request) => {
    for (const part of PARTS) {
      const fault = faultOf(request[part]);
      if (fault !== undefined) throw new RequestError(400, 'invalid_request', `${part}: ${fault}`);
    }
  });
}

/** Level by level, as a stack of calls would overflow where JSON does not. */
function faultOf(part: unknown): string | undefined {
  let level: unknown[] = [part];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > MOST_LEVELS) return `is nested more than ${MOST_LEVELS} levels deep`;
    if (level.some((value) => typeof value === 'string' && value.includes('\0')))
      return 'holds a NUL character';
    level = level.flatMap(insideOf);
  }
  return undefined;
}

function insideOf(value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  return Array.isArray(value) ? value : [...Object.keys(value), ...Object.values(value)];
}
