import type { AuditEntry } from '../domain/audit.ts';
import type { ActivityDeps } from './deps.ts';

/** An entry with what is usually empty left out. */
export type PartialEntry = Pick<AuditEntry, 'action' | 'result'> & Partial<AuditEntry>;

/** Writes down what Plumbline did, or what somebody made it do. What can't be written down does not happen. */
export async function audit(
  { store, now, redactor }: Pick<ActivityDeps, 'store' | 'now' | 'redactor'>,
  entry: PartialEntry,
): Promise<void> {
  await store.audit.append({
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
  });
}
