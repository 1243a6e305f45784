import type { FastifyRequest } from 'fastify';
import type { Scope } from '../../domain/person.ts';
import { mayDo, type PersonAction } from '../../domain/permissions.ts';
import { RequestError } from '../problem.ts';

/** What somebody was kept from, for the record. */
export interface RefusedAttempt {
  /** What they wanted; `login` when it was not even known who they are. */
  action: PersonAction | 'login' | 'change';
  scope: Scope;
  code: string;
  message: string;
}

/** Called with every refused attempt, before it is answered. A failure to record is the request's failure. */
export type RecordRefusal = (request: FastifyRequest, attempt: RefusedAttempt) => Promise<void>;

declare module 'fastify' {
  interface FastifyInstance {
    /** Writes refused attempts down; null where nobody does. */
    recordRefusal: RecordRefusal | null;
  }
}

/**
 * Lets a request go on only when the person behind it may do this here.
 * @param unseen what they are told instead where the thing is not even theirs to see: that it is not there
 * @throws RequestError 403 `not_allowed`, which names the role that is needed, but no place that is not theirs to see; the
 * refusal is recorded first, with all of it
 */
export async function requirePermission(
  request: FastifyRequest,
  action: PersonAction,
  scope: Scope,
  unseen?: RequestError,
): Promise<void> {
  const refusal = mayDo(request.person, action, scope);
  if (refusal === undefined) return;
  await request.server.recordRefusal?.(request, {
    action,
    scope,
    code: refusal.code,
    message: refusal.message,
  });
  if (unseen) throw unseen;
  const isSeen = scope.environment === null || mayDo(request.person, 'see', scope) === undefined;
  throw new RequestError(403, 'not_allowed', isSeen ? refusal.message : refusal.bare);
}
