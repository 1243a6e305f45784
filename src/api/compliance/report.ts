import type { AuditRecord } from '../../domain/audit/record.ts';
import type { AuditReportJson, AuditVerificationJson, Compliance } from '../schemas/audit.ts';
import { type Control, FRAMEWORKS } from './controls.ts';
import { type AuditException, createExceptionFinder } from './exceptions.ts';

/** Newest records that a control shows as its evidence. */
const EVIDENCE_SHOWN = 20;

/** What a report is made for. */
export interface ReportRequest {
  compliance: readonly Compliance[];
  from: string | null;
  to: string | null;
  /** Only what concerns this repository, or this environment; and what concerns none, such as logins. */
  repo: string | null;
  environment: string | null;
  by: string;
  at: string;
}

/** Collects records, in their order, into a report. Memory: the newest evidence of each control, and the exceptions. */
export interface ReportBuilder {
  add(record: AuditRecord): void;
  build(verification: AuditVerificationJson): AuditReportJson;
}

/** Maps each control of the frameworks to its evidence, and lists the exceptions. */
export function createReport(request: ReportRequest): ReportBuilder {
  const find = createExceptionFinder();
  const exceptions: AuditException[] = [];
  const counts = new Map<string, number>();
  const newest = new Map<string, AuditRecord[]>();
  // A rollback of several stacks is one, and so are its request and its attempts.
  const rollbacks = new Set<string>();
  let records = 0;
  let refused = 0;
  return {
    add: (record) => {
      // What came before the period explains what is in it, and is no part of the report.
      const found = find(record);
      if (!isWithin(record.at, request) || !concerns(record, request)) return;
      if (record.action === 'rollback.started') rollbacks.add(record.taskId ?? `record ${record.seq}`);
      records += 1;
      if (record.result === 'refused') refused += 1;
      exceptions.push(...found);
      counts.set(record.action, (counts.get(record.action) ?? 0) + 1);
      newest.set(record.action, [...(newest.get(record.action) ?? []), record].slice(-EVIDENCE_SHOWN));
    },
    build: (verification) => {
      const count = (action: string): number => counts.get(action) ?? 0;
      return {
        generated_at: request.at,
        generated_by: request.by,
        from: request.from,
        to: request.to,
        repo: request.repo,
        environment: request.environment,
        compliance: [...request.compliance],
        verification,
        summary: {
          records,
          tasks: count('task.started'),
          approvals: count('decision.approved'),
          rejections: count('decision.rejected'),
          applies: count('apply.started'),
          rollbacks: rollbacks.size,
          refused,
          exceptions: exceptions.length + verification.faults.length,
        },
        frameworks: request.compliance.map((id) => ({
          id,
          name: FRAMEWORKS[id].name,
          controls: FRAMEWORKS[id].controls.map((control) =>
            controlJson(control, { count, newest, exceptions, verification }),
          ),
        })),
        exceptions: [...exceptions.map(exceptionJson), ...verification.faults.map(faultJson(request.at))],
      };
    },
  };
}

interface Findings {
  count: (action: string) => number;
  newest: ReadonlyMap<string, readonly AuditRecord[]>;
  exceptions: readonly AuditException[];
  verification: AuditVerificationJson;
}

type ControlJson = AuditReportJson['frameworks'][number]['controls'][number];

function controlJson(control: Control, findings: Findings): ControlJson {
  const { verification } = findings;
  const { id, title, how } = control;
  const chain = control.evidence.length === 0;
  const own = findings.exceptions.filter(({ kind }) => control.exceptions.includes(kind));
  const faults = control.exceptions.includes('chain_fault') ? verification.faults : [];
  const exceptions = [...own.map(({ record }) => record.seq), ...faults.map(({ seq }) => seq)];
  const count = chain
    ? verification.records
    : control.evidence.reduce((sum, action) => sum + findings.count(action), 0);
  const evidence = control.evidence
    .flatMap((action) => findings.newest.get(action) ?? [])
    .toSorted((left, right) => right.seq - left.seq)
    .slice(0, EVIDENCE_SHOWN);
  return {
    id,
    title,
    how,
    status: exceptions.length > 0 ? 'exceptions' : count > 0 ? 'met' : 'no_evidence',
    evidence_count: count,
    evidence: evidence.map(({ seq, at, actor, action }) => ({ seq, at, actor, action })),
    exceptions,
  };
}

function exceptionJson({ kind, record, message }: AuditException): AuditReportJson['exceptions'][number] {
  const { seq, at, actor, repo, stackKey: stack, environment } = record;
  return { kind, seq, at, actor, repo, stack, environment, message };
}

function faultJson(at: string) {
  return ({
    seq,
    message,
  }: AuditVerificationJson['faults'][number]): AuditReportJson['exceptions'][number] => ({
    kind: 'chain_fault',
    seq,
    at,
    actor: 'plumbline',
    repo: null,
    stack: null,
    environment: null,
    message,
  });
}

function concerns(record: AuditRecord, { repo, environment }: ReportRequest): boolean {
  if (record.repo === null && record.environment === null) return true;
  return (
    (repo === null || record.repo === repo) && (environment === null || record.environment === environment)
  );
}

function isWithin(at: string, { from, to }: ReportRequest): boolean {
  return (from === null || at >= from) && (to === null || at <= to);
}
