import { createHash } from 'node:crypto';
import type { Severity } from '../change.ts';
import type { JsonObject } from '../json.ts';
import { emergencyWords, type ReportEmergency } from './emergencies.ts';
import { OUTPUT_TYPE } from './outputs.ts';
import type { DriftReport, ReportChange, ReportStack } from './report.ts';

/** Names the version of SARIF that is written. */
export const SARIF_SCHEMA =
  'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';

/** What a result can be about; its place in the list is its `ruleIndex`. */
const RULES = [
  { id: 'live-drift', name: 'LiveDrift', text: 'Live differs from what was last applied.' },
  { id: 'pending-change', name: 'PendingChange', text: 'Git holds a change that has not been applied.' },
  {
    id: 'drift-and-pending',
    name: 'DriftAndPending',
    text: 'Live differs from what was last applied, and Git holds a change that has not been applied.',
  },
  { id: 'stack-errored', name: 'StackErrored', text: 'The stack could not be planned.' },
  { id: 'stack-unknown', name: 'StackUnknown', text: 'Nothing could be found out about the stack.' },
  {
    id: 'emergency-apply',
    name: 'EmergencyApply',
    text: 'The stack was applied in an emergency, past all approvals.',
  },
] as const;

type RuleId = (typeof RULES)[number]['id'];

const LEVELS: Readonly<Record<Severity, string>> = {
  critical: 'error',
  high: 'error',
  medium: 'warning',
  low: 'note',
};

/** On the scale of 0 to 10 that code scanning shows. */
const SCORES: Readonly<Record<Severity, string>> = {
  critical: '9.5',
  high: '7.5',
  medium: '5.0',
  low: '2.0',
};

const RULE_OF_CAUSE: Readonly<Record<ReportChange['cause'], RuleId>> = {
  drift: 'live-drift',
  pending: 'pending-change',
  both: 'drift-and-pending',
};

/**
 * A report as SARIF 2.1.0. Every change is a result at its stack's folder, with the address as logical location; ignored
 * changes are suppressed results. Fingerprints depend on repo, stack, address and rule alone, so a finding stays the same
 * finding when values change.
 */
export function reportSarif(report: DriftReport, version = '0.0.0'): JsonObject {
  const paths = new Map(report.stacks.map((stack) => [stack.key, stack.path]));
  const pathOf = (change: ReportChange): string => paths.get(change.stack) ?? change.stack;
  const failed = report.stacks.filter((stack) => stack.status === 'errored' || stack.status === 'unknown');
  return {
    $schema: SARIF_SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'Plumbline',
            semanticVersion: version,
            rules: RULES.map((rule) => ({
              id: rule.id,
              name: rule.name,
              shortDescription: { text: rule.text },
            })),
          },
        },
        automationDetails: { id: `plumbline/${report.repo}/${report.task}` },
        columnKind: 'utf16CodeUnits',
        invocations: [
          {
            executionSuccessful: report.status !== 'failed',
            startTimeUtc: report.started_at,
            ...(report.ended_at === null ? {} : { endTimeUtc: report.ended_at }),
          },
        ],
        results: [
          ...report.changes.map((change) => changeResult(report.repo, change, pathOf(change))),
          ...report.ignored.map((change) => ({
            ...changeResult(report.repo, change, pathOf(change)),
            // The rest of the same change may stand above: these are two findings.
            partialFingerprints: fingerprint([
              'ignored',
              change.ignored.rule,
              report.repo,
              change.stack,
              change.address,
            ]),
            suppressions: [{ kind: 'external', status: 'accepted', justification: change.ignored.reason }],
          })),
          ...failed.map((stack) => failureResult(report.repo, stack)),
          ...report.emergencies.map((one) =>
            emergencyResult(report.repo, one, paths.get(one.stack) ?? one.stack),
          ),
        ],
        properties: { repo: report.repo, task: report.task, commit: report.commit },
      },
    ],
  };
}

function changeResult(repo: string, change: ReportChange, path: string): JsonObject {
  const rule = RULE_OF_CAUSE[change.cause];
  const pointers = change.attributes.map((attribute) => attribute.pointer);
  const shown = pointers.slice(0, 10).join(', ') + (pointers.length > 10 ? ', …' : '');
  return {
    ...result(rule, LEVELS[change.severity], [repo, change.stack, change.address]),
    message: {
      text: `${change.address}: ${change.action} (${change.severity}: ${change.severity_reason})${shown && `; differs in ${shown}`}`,
    },
    locations: [
      {
        ...folder(path),
        logicalLocations: [
          {
            name: change.resource_name,
            fullyQualifiedName: `${change.stack}/${change.address}`,
            kind: change.resource_type === OUTPUT_TYPE ? 'variable' : 'resource',
          },
        ],
      },
    ],
    properties: {
      severity: change.severity,
      'security-severity': SCORES[change.severity],
      cause: change.cause,
      action: change.action,
      stack: change.stack,
    },
  };
}

function failureResult(repo: string, stack: ReportStack): JsonObject {
  const rule = stack.status === 'errored' ? 'stack-errored' : 'stack-unknown';
  return {
    ...result(rule, stack.status === 'errored' ? 'error' : 'warning', [repo, stack.key]),
    message: { text: stack.error?.message || `The stack ${stack.key} is ${stack.status}.` },
    locations: [
      {
        ...folder(stack.path),
        logicalLocations: [{ name: stack.key, fullyQualifiedName: stack.key, kind: 'stack' }],
      },
    ],
    properties: { stack: stack.key, ...(stack.error ? { code: stack.error.code } : {}) },
  };
}

/** A finding of its own for each: one that was looked at does not answer for the next. */
function emergencyResult(repo: string, emergency: ReportEmergency, path: string): JsonObject {
  const { stack, task, status, at } = emergency;
  return {
    ...result('emergency-apply', 'warning', [repo, stack, task]),
    message: {
      text: `${stack} was applied in an emergency, without approvals, at ${at}, ${emergencyWords(emergency)}`,
    },
    locations: [
      {
        ...folder(path),
        logicalLocations: [{ name: stack, fullyQualifiedName: stack, kind: 'stack' }],
      },
    ],
    properties: { stack, task, status },
  };
}

function result(rule: RuleId, level: string, identity: readonly string[]): JsonObject {
  return {
    ruleId: rule,
    ruleIndex: RULES.findIndex((candidate) => candidate.id === rule),
    level,
    partialFingerprints: fingerprint([rule, ...identity]),
  };
}

function fingerprint(identity: readonly string[]): JsonObject {
  return { 'plumbline/v1': createHash('sha256').update(JSON.stringify(identity)).digest('hex') };
}

function folder(path: string): JsonObject {
  const uri = path === '.' ? '..' : `${path.split('/').map(encodeURIComponent).join('/')}/`;
  return { physicalLocation: { artifactLocation: { uri, uriBaseId: '%SRCROOT%' } } };
}
