import type { FastifyInstance } from 'fastify';
import { RequestError } from '../problem.ts';

const PARTS = ['params', 'query', 'body'] as const;

/** Refuses NUL characters wherever a request holds one: no name has them, and PostgreSQL takes them in no text. */
export function refuseNulCharacters(app: FastifyInstance): void {
  app.addHook('preValidation', async (request) => {
    const part = PARTS.find((each) => holdsNul(request[each]));
    if (part !== undefined) throw new RequestError(400, 'invalid_request', `${part}: holds a NUL character`);
  });
}

function holdsNul(value: unknown): boolean {
  if (typeof value === 'string') return value.includes('\0');
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([key, inside]) => holdsNul(key) || holdsNul(inside));
}
