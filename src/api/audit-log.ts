import type { FastifyRequest } from 'fastify';
import type { AuditEntry } from '../domain/audit/record.ts';
import type { ApiDeps } from './deps.ts';

/** What a request adds to the audit log; actor, time and source come from the request. */
export type RequestRecord = Pick<AuditEntry, 'action' | 'result'> & Partial<AuditEntry>;

/** The header by which our own clients name themselves. It grants nothing: it only stands in records. */
const CLIENT_HEADER = 'x-plumbline-client';

/** Which door a request came through: `cli`, `ui`, or `api`. */
export function clientOf(request: FastifyRequest): 'api' | 'cli' | 'ui' {
  const said = request.headers[CLIENT_HEADER];
  return said === 'cli' || said === 'ui' ? said : 'api';
}

/** The whole entry of what somebody does now: for calls of the store that write it with what they do. */
export function auditEntry(
  deps: Pick<ApiDeps, 'clock'>,
  request: FastifyRequest,
  record: RequestRecord,
): AuditEntry {
  return {
    at: deps.clock.now().toISOString(),
    actor: request.person.id,
    repo: null,
    stackKey: null,
    environment: null,
    taskId: null,
    commit: null,
    digest: null,
    reason: '',
    source: sourceOf(request),
    details: {},
    ...record,
  };
}

/** From where a request comes: `cli 10.0.0.7`. */
export function sourceOf(request: FastifyRequest): string {
  return `${clientOf(request)} ${request.address}`.trim();
}

/**
 * Writes down what somebody did or was refused. A failure to write is the request's failure: nothing that has to be
 * recorded happens without its record.
 */
export async function audit(
  deps: Pick<ApiDeps, 'store' | 'clock'>,
  request: FastifyRequest,
  record: RequestRecord,
): Promise<void> {
  await deps.store.audit.append(auditEntry(deps, request, record));
}
