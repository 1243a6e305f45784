import type { AuditRecord } from './audit.ts';
import type { JsonObject, JsonValue } from './json.ts';

export const AUDIT_EXCEPTIONS = [
  'self_approval',
  'emergency_change',
  'unreviewed_apply',
  'refused_access',
] as const;
/** What an auditor wants to see one by one. */
export type AuditExceptionKind = (typeof AUDIT_EXCEPTIONS)[number];

/** One of them, with the record that shows it. */
export interface AuditException extends JsonObject {
  kind: AuditExceptionKind;
  seq: number;
  at: string;
  actor: string;
  action: string;
  repo: string | null;
  stack: string | null;
  environment: string | null;
  digest: string | null;
  /** `refused`: it was tried and kept from happening. */
  result: string;
  reason: string;
  source: string;
}

/** Finds exceptions, one record after the other: what was presented tells whose change is decided on later. */
export function createExceptionFinder(): { take(record: AuditRecord): AuditException[] } {
  const ownersByPlan = new Map<string, Set<string>>();
  return {
    take(record) {
      const plan = `${record.repo}\n${record.stackKey}\n${record.digest}`;
      const owners = ownersOf(record.details);
      if (record.action === 'plan.presented') ownersByPlan.set(plan, owners);
      for (const owner of ownersByPlan.get(plan) ?? []) owners.add(owner);
      return kindsOf(record, owners).map((kind) => exception(kind, record));
    },
  };
}

function kindsOf(record: AuditRecord, owners: ReadonlySet<string>): AuditExceptionKind[] {
  const { action, details } = record;
  switch (action) {
    case 'decision.approved':
      return isOneOf(record, owners) ? ['self_approval'] : [];
    case 'decision.refused':
      return details['code'] === 'own_change' ? ['self_approval', 'refused_access'] : ['refused_access'];
    case 'access.refused':
    case 'apply.refused':
      return ['refused_access'];
    case 'apply.started':
    case 'rollback.started':
      return ofRule(details['rule']);
    default:
      return [];
  }
}

/** A rule that nobody recorded is as good as none. */
function ofRule(rule: JsonValue | undefined): AuditExceptionKind[] {
  if (rule === 'approval') return [];
  return rule === 'break_glass' ? ['emergency_change'] : ['unreviewed_apply'];
}

function isOneOf({ actor, details }: AuditRecord, owners: ReadonlySet<string>): boolean {
  return [actor, ...textsOf(details['aliases'])].some((name) => owners.has(name.toLowerCase()));
}

function ownersOf(details: JsonObject): Set<string> {
  const named = [
    ...textsOf(details['authors']),
    ...textsOf(details['pusher']),
    ...textsOf(details['started_by']),
  ];
  return new Set(named.filter((name) => name !== '').map((name) => name.toLowerCase()));
}

function textsOf(value: JsonValue | undefined): string[] {
  return [value].flat().filter((item) => typeof item === 'string');
}

function exception(kind: AuditExceptionKind, record: AuditRecord): AuditException {
  return {
    kind,
    seq: record.seq,
    at: record.at,
    actor: record.actor,
    action: record.action,
    repo: record.repo,
    stack: record.stackKey,
    environment: record.environment,
    digest: record.digest,
    result: record.result,
    reason: reasonOf(record),
    source: record.source,
  };
}

function reasonOf({ reason, details }: AuditRecord): string {
  const [emergency] = textsOf(details['emergency_reason']);
  return emergency ?? reason;
}
