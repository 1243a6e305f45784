import type { AuditRecord } from './audit.ts';
import { CHAIN_CONTROLS, type Compliance, type Control, CONTROLS } from './audit-controls.ts';
import { type AuditException, createExceptionFinder } from './audit-exceptions.ts';
import type { ChainReport } from './audit-verify.ts';

/** What is asked of a report. */
export interface AuditReportOptions {
  compliance: readonly Compliance[];
  /** ISO 8601, inclusive; null: from the first record on. */
  from: string | null;
  /** ISO 8601, exclusive; null: to the last record. */
  to: string | null;
  generatedAt: string;
  /** What a look at the whole chain found: a report over an edited chain says so. */
  chain: ChainReport;
}

/** A control with its evidence. */
export interface ControlEvidence {
  framework: Compliance;
  control: string;
  title: string;
  /** The newest of the records that show it, ascending, at most a thousand; `count` is of all. */
  evidence: number[];
  count: number;
  /**
   * `evidenced`; `no_evidence`: nothing of the kind happened in this time; `exceptions`: evidenced, and some of its records
   * are exceptions; `chain_broken`: the records can't be relied on.
   */
  status: 'evidenced' | 'no_evidence' | 'exceptions' | 'chain_broken';
}

/** An audit report, as it is written to JSON. */
export interface AuditReport {
  generated_at: string;
  from: string | null;
  to: string | null;
  compliance: readonly Compliance[];
  records: number;
  controls: ControlEvidence[];
  exceptions: AuditException[];
  chain: {
    ok: boolean;
    checked: number;
    anchored_to: number;
    problems: { seq: number; kind: string; message: string }[];
  };
}

const MOST_EVIDENCE = 1000;

/**
 * Maps the controls of each framework to the records that show them, and lists the exceptions.
 * @param records ascending by seq, from the first on if possible: what was presented before `from` tells who changed what
 */
export async function auditReport(
  records: Iterable<AuditRecord> | AsyncIterable<AuditRecord>,
  options: AuditReportOptions,
): Promise<AuditReport> {
  const controls = CONTROLS.filter(({ framework }) => options.compliance.includes(framework)).map(collector);
  const finder = createExceptionFinder();
  const exceptions: AuditException[] = [];
  let count = 0;
  for await (const record of records) {
    const found = finder.take(record);
    if (!isWithin(record.at, options)) continue;
    count += 1;
    exceptions.push(...found);
    for (const one of controls) one.take(record, found.length > 0);
  }
  const { chain } = options;
  return {
    generated_at: options.generatedAt,
    from: options.from,
    to: options.to,
    compliance: options.compliance,
    records: count,
    controls: controls.map((one) => one.finish(chain)),
    exceptions,
    chain: {
      ok: chain.ok,
      checked: chain.checked,
      anchored_to: chain.anchoredTo,
      problems: chain.problems.map(({ seq, kind, message }) => ({ seq, kind, message })),
    },
  };
}

function isWithin(at: string, { from, to }: AuditReportOptions): boolean {
  const time = Date.parse(at);
  return (from === null || time >= Date.parse(from)) && (to === null || time < Date.parse(to));
}

function collector({ framework, control, title, actions }: Control) {
  const evidence: number[] = [];
  let count = 0;
  let excepted = false;
  return {
    take(record: AuditRecord, isException: boolean): void {
      if (!actions.includes(record.action)) return;
      count += 1;
      excepted ||= isException;
      evidence.push(record.seq);
      if (evidence.length > MOST_EVIDENCE) evidence.shift();
    },
    finish(chain: ChainReport): ControlEvidence {
      const shown = count > 0 || (CHAIN_CONTROLS.has(control) && chain.checked > 0);
      const status = !chain.ok
        ? 'chain_broken'
        : excepted
          ? 'exceptions'
          : shown
            ? 'evidenced'
            : 'no_evidence';
      return { framework, control, title, evidence, count, status };
    },
  };
}
