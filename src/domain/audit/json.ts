import type { AuditRecord } from './record.ts';
import type { JsonObject } from '../json.ts';

/**
 * A record as it is exported and hashed, in snake_case. The hash is over all of it but `hash` itself, so that whoever
 * holds an export can check it with nothing but RFC 8785 and SHA-256.
 */
export function auditRecordJson(record: Omit<AuditRecord, 'hash'> & { hash?: string }): JsonObject {
  return {
    seq: record.seq,
    at: record.at,
    actor: record.actor,
    action: record.action,
    repo: record.repo,
    stack: record.stackKey,
    environment: record.environment,
    task_id: record.taskId,
    commit: record.commit,
    digest: record.digest,
    result: record.result,
    reason: record.reason,
    source: record.source,
    details: record.details,
    previous: record.previous,
    ...(record.hash === undefined ? {} : { hash: record.hash }),
  };
}
