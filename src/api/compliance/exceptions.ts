import { withoutClaim } from '../../domain/approvals/distinct-people.ts';
import type { AuditRecord } from '../../domain/audit/record.ts';

/** What an auditor will ask about. */
export type ExceptionKind =
  | 'self_approval'
  | 'refused_self_approval'
  | 'emergency_change'
  | 'unreviewed_apply'
  | 'unsigned_decision'
  | 'unknown_result'
  | 'chain_fault';

/** One finding: the record that shows it, and a sentence. */
export interface AuditException {
  kind: ExceptionKind;
  record: AuditRecord;
  message: string;
}

/** After these the approvals of a plan stand no longer: it is asked about anew, or nobody is. */
const FORGETS: ReadonlySet<string> = new Set(['plan.presented', 'approval.dismissed', 'approval.expired']);

/** What earlier records say of the plans and tasks that later ones are about. */
interface Seen {
  /** Who may not approve: authors, pushers and starters, by digest. */
  involved: Map<string, Set<string>>;
  /** Who started a task, by its ID. */
  starters: Map<string, string>;
  /** Approvals that stand, by digest. */
  approvers: Map<string, Set<string>>;
}

/**
 * Looks for exceptions in records that stand in their order. Nothing is taken on trust: a self-approval is found by
 * comparing who decided with who wrote and started, although the gate refuses it.
 */
export function createExceptionFinder(): (record: AuditRecord) => AuditException[] {
  const seen: Seen = { involved: new Map(), starters: new Map(), approvers: new Map() };
  return (record) => {
    remember(seen, record);
    const found = [
      decisionException(seen, record),
      emergencyException(record),
      applyException(seen, record),
      resultException(record),
    ].filter((one) => one !== undefined);
    // One approval permits one attempt: the next one of the same plan needs another.
    if (isAttempt(record) && record.digest !== null) seen.approvers.delete(record.digest);
    return found;
  };
}

function remember(seen: Seen, record: AuditRecord): void {
  const { action, digest, actor, details } = record;
  if ((action === 'task.requested' || action === 'task.started') && record.taskId !== null)
    seen.starters.set(record.taskId, actor);
  if (digest === null) return;
  if (FORGETS.has(action)) seen.approvers.delete(digest);
  if (action === 'plan.presented') {
    const starter = record.taskId === null ? undefined : seen.starters.get(record.taskId);
    const named = [
      ...texts(details['authors']),
      ...texts(details['pusher']),
      ...texts(details['started_by']),
    ];
    seen.involved.set(digest, new Set([...named, ...texts(starter)]));
  }
  const approvers = seen.approvers.get(digest) ?? new Set<string>();
  if (action === 'decision.approved') approvers.add(actor);
  if (action === 'decision.rejected') approvers.delete(actor);
  if (action === 'decision.withdrawn') {
    // Taken back by the server, as the role of whoever gave it is gone.
    const of = details['of'];
    approvers.delete(typeof of === 'string' ? of : actor);
  }
  seen.approvers.set(digest, approvers);
}

function decisionException(seen: Seen, record: AuditRecord): AuditException | undefined {
  const { action, actor, digest, details } = record;
  if (action === 'decision.refused' && details['code'] === 'own_change') {
    return { kind: 'refused_self_approval', record, message: `${actor} tried to approve their own change` };
  }
  if (action !== 'decision.approved') return undefined;
  const involved = digest === null ? undefined : seen.involved.get(digest);
  const names = [...texts(actor), ...texts(details['aliases']).map(withoutClaim)];
  if (names.some((name) => involved?.has(name))) {
    return { kind: 'self_approval', record, message: `${actor} approved a change of their own` };
  }
  if (details['signed'] === false) {
    return { kind: 'unsigned_decision', record, message: `${actor} approved without a signature` };
  }
  return undefined;
}

/** Whether something real began to be changed: a rollback is requested first, and its attempt names what let it through. */
function isAttempt({ action, details }: AuditRecord): boolean {
  return action === 'apply.started' || (action === 'rollback.started' && typeof details['rule'] === 'string');
}

function emergencyException(record: AuditRecord): AuditException | undefined {
  const { action, actor, details, reason } = record;
  const emergency = details['rule'] === 'break_glass' || details['emergency'] === true;
  if (!emergency || !(isAttempt(record) || action === 'task.requested')) return undefined;
  const given = details['emergency_reason'];
  const why = typeof given === 'string' && given !== '' ? given : reason || 'without a reason';
  return { kind: 'emergency_change', record, message: `Emergency change by ${actor}: ${why}` };
}

function applyException(seen: Seen, record: AuditRecord): AuditException | undefined {
  if (!isAttempt(record)) return undefined;
  const { digest, details } = record;
  const rule = details['rule'];
  if (rule === 'break_glass') return undefined;
  if (rule === 'policy' || rule === 'auto_approve_safe') {
    const words = rule === 'policy' ? 'the policy asks for nobody' : 'the rule for safe changes approved it';
    return { kind: 'unreviewed_apply', record, message: `Applied without a person's approval: ${words}` };
  }
  const approvers = digest === null ? undefined : seen.approvers.get(digest);
  if (approvers !== undefined && approvers.size > 0) return undefined;
  return { kind: 'unreviewed_apply', record, message: 'Applied, and no approval of this plan is on record' };
}

function resultException(record: AuditRecord): AuditException | undefined {
  const ended = record.action === 'apply.ended' || record.action === 'rollback.ended';
  if (!ended || record.result !== 'unknown') return undefined;
  return { kind: 'unknown_result', record, message: 'Nobody knows what this changed until somebody looks' };
}

/** Names, in lower case: accounts and email addresses are compared without regard to it. */
function texts(value: unknown): string[] {
  const all: unknown[] = [value].flat();
  return all.filter((item) => typeof item === 'string').map((item) => item.toLowerCase());
}
