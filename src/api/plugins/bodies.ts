import type { FastifyInstance } from 'fastify';
import { RequestError } from '../problem.ts';

/**
 * Bodies are JSON or empty, whatever the header says of an empty one. Everything else is refused: a page of another
 * site can send forms and plain text without being asked, but not JSON.
 */
export function registerBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    const text = String(body);
    if (text.trim() === '') return done(null, null);
    try {
      done(null, JSON.parse(text));
    } catch (error) {
      done(new RequestError(400, 'invalid_json', `The body is not valid JSON: ${(error as Error).message}`));
    }
  });
}
