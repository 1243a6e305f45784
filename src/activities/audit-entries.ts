import type { AuditEntry } from '../domain/audit/record.ts';
import type { ActivityDeps } from './deps.ts';

/** An entry with what is usually empty left out. */
export type PartialEntry = Pick<AuditEntry, 'action' | 'result'> & Partial<AuditEntry>;

/** The whole entry of what happens now, its reason redacted: for calls of the store that write it with what they do. */
export function auditEntry(
  { now, redactor }: Pick<ActivityDeps, 'now' | 'redactor'>,
  entry: PartialEntry,
): AuditEntry {
  return {
    at: now().toISOString(),
    actor: 'plumbline',
    repo: null,
    stackKey: null,
    environment: null,
    taskId: null,
    commit: null,
    digest: null,
    source: 'worker',
    details: {},
    ...entry,
    reason: redactor.redact(entry.reason ?? ''),
  };
}

/** Writes down what was not done, such as a refusal. What is done is written down by the call that does it, see `Records`. */
export async function audit(
  deps: Pick<ActivityDeps, 'store' | 'now' | 'redactor'>,
  entry: PartialEntry,
): Promise<void> {
  await deps.store.audit.append(auditEntry(deps, entry));
}
