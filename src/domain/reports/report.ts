import {
  SEVERITIES,
  type Action,
  type AttributeChange,
  type Cause,
  type Change,
  type ChangedBy,
  type IgnoredChange,
  type OutputChange,
  type Severity,
} from '../change.ts';
import { environmentOf } from '../environment.ts';
import { ignoreUse, type IgnoreUse } from '../severity/ignore-use.ts';
import type { JsonValue } from '../json.ts';
import type { PlanBasis, PlanProblem } from '../plan.ts';
import type { IgnoreRule } from '../settings.ts';
import { type EmergencyAttempt, reportEmergencies, type ReportEmergency } from './emergencies.ts';
import { outputChanges } from './outputs.ts';
import { compareSeverity, worstSeverity } from '../severity/severity.ts';
import type { StackStatus } from '../stack.ts';
import { countCauses } from '../status.ts';
import type { Failure, Task } from '../task.ts';

/**
 * One change in a report: the analyzer's keys, and Plumbline's own. Values are masked. An output that no resource explains
 * is a change of the type `output`.
 */
export interface ReportChange {
  resource_type: string;
  resource_name: string;
  actions: string[];
  before: JsonValue;
  after: JsonValue;
  severity: Severity;
  severity_reason: string;
  address: string;
  stack: string;
  environment: string | null;
  action: Action;
  cause: Cause;
  attributes: AttributeChange[];
  replaced_because: string[];
  moved_from: string | null;
  /** Who moved live, newest first; left out where the target doesn't tell. */
  changed_by?: ChangedBy[];
}

interface ReportIgnoredChange extends ReportChange {
  ignored: { reason: string; rule: string; until: string | null };
}

interface ReportOutput extends OutputChange {
  stack: string;
}

/** One stack in a report. `drift` and `pending` count changes; both are 0 when nothing could be found out. */
export interface ReportStack {
  key: string;
  path: string;
  kind: string;
  workspace: string;
  environment: string | null;
  status: StackStatus;
  drift: number;
  pending: number;
  severity: Severity | null;
  error: Failure | null;
  /** What could not be planned while the rest was; left out: everything could. */
  problems?: PlanProblem[];
  /** Addresses that differed between two plans in a row, so that nobody was asked; left out: none did. */
  unstable_plan?: string[];
}

/** The figures that every report has, with the analyzer's keys. */
export interface ReportFigures {
  /** Whether there is any difference between live and Git that isn't ignored. */
  drift_detected: boolean;
  total_changes: number;
  changes_by_severity: Record<Severity, number>;
  changes_by_action: Partial<Record<Action, number>>;
  changes_by_cause: Record<Cause, number>;
  /** Addresses, each once. */
  affected_resources: string[];
  changes: ReportChange[];
}

/** The changes of a whole task, worst first. The keys are the JSON form's. */
export interface DriftReport extends ReportFigures {
  /** Applies of its stacks past all approvals, in the 30 days before the report. */
  emergencies: ReportEmergency[];
  repo: string;
  task: string;
  commit: string;
  status: Task['status'];
  started_at: string;
  ended_at: string | null;
  severity: Severity | null;
  stacks: ReportStack[];
  outputs: ReportOutput[];
  ignored: ReportIgnoredChange[];
  ignore_rules: IgnoreUse;
}

/** What a report needs of a task. */
export type ReportTask = Pick<Task, 'id' | 'repo' | 'commit' | 'status' | 'startedAt' | 'endedAt'> &
  Partial<Pick<Task, 'stackKey'>>;

/** What a report needs of a stored plan. */
export interface ReportPlan {
  stackKey: string;
  changes: readonly Change[];
  ignored: readonly IgnoredChange[];
  outputs: readonly OutputChange[];
  /** Says what could not be planned; plans of earlier versions have none. */
  basis?: Pick<PlanBasis, 'problems'>;
  /** Changes that count as pending, outputs included; taken from the changes when it isn't known. */
  pending?: number;
}

/** What a report needs of a stack that the task was about: its state or its job. */
export interface ReportedStack {
  key: string;
  path: string;
  kind: string;
  workspace: string;
  status: StackStatus;
  drift: number;
  pending: number;
  error: Failure | null;
  /** See `Verdict`. */
  unstable?: readonly string[];
  /** The environment that it belongs to by the config; left out: the one that its path names. */
  environment?: string | null;
}

/** What a report says beside what was planned. */
export interface ReportContext {
  /** The config's ignore rules, of which it then says which did nothing. */
  ignore?: { rules: readonly IgnoreRule[]; now: Date } | undefined;
  /** Emergency applies of the repo in the report's period, see `emergencyPeriod`. */
  emergencies?: readonly EmergencyAttempt[];
}

/** Consolidates the plans of a task. A stack without a plan stands there with its failure, never as in sync. */
export function driftReport(
  task: ReportTask,
  found: readonly ReportPlan[],
  stacks: readonly ReportedStack[],
  { ignore, emergencies = [] }: ReportContext = {},
): DriftReport {
  const plans = found.map((plan) => ({ ...plan, changes: [...plan.changes, ...outputChanges(plan)] }));
  const byKey = new Map(plans.map((plan) => [plan.stackKey, plan]));
  const known = [...stacks].sort((a, b) => compareText(a.key, b.key));
  const environments = new Map(
    known.map((stack) => [
      stack.key,
      stack.environment === undefined ? environmentOf(stack.path) : stack.environment,
    ]),
  );
  const changes = plans
    .flatMap((plan) => plan.changes.map((change) => reportChange(change, plan.stackKey, environments)))
    .sort(compareChanges);
  const ignored = plans
    .flatMap((plan) => plan.ignored.map((change) => reportIgnored(change, plan.stackKey, environments)))
    .sort(compareChanges);
  return {
    repo: task.repo,
    task: task.id,
    commit: task.commit,
    status: task.status,
    started_at: task.startedAt,
    ended_at: task.endedAt,
    severity: worstSeverity(changes.map((change) => change.severity)),
    ...reportFigures(changes),
    emergencies: reportEmergencies(emergencies, environments),
    stacks: known.map((stack) =>
      reportStack(stack, byKey.get(stack.key), environments.get(stack.key) ?? null),
    ),
    outputs: plans.flatMap((plan) => plan.outputs.map((output) => ({ ...output, stack: plan.stackKey }))),
    ignored,
    ignore_rules: ignoreUse(ignore?.rules ?? [], {
      repo: task.repo,
      stacks: known.map((stack) => ({
        key: stack.key,
        // A task about one stack proves nothing about rules for more.
        planned: byKey.has(stack.key) && !task.stackKey,
      })),
      used: new Set(ignored.map((change) => change.ignored.rule)),
      now: ignore?.now ?? new Date(0),
    }),
  };
}

/** The analyzer's figures of these changes, which are kept in their order. */
export function reportFigures(changes: readonly ReportChange[]): ReportFigures {
  const bySeverity = Object.fromEntries(SEVERITIES.map((severity) => [severity, 0])) as Record<
    Severity,
    number
  >;
  const byAction: Partial<Record<Action, number>> = {};
  const byCause: Record<Cause, number> = { drift: 0, pending: 0, both: 0 };
  for (const change of changes) {
    bySeverity[change.severity]++;
    byAction[change.action] = (byAction[change.action] ?? 0) + 1;
    byCause[change.cause]++;
  }
  return {
    drift_detected: changes.length > 0,
    total_changes: changes.length,
    changes_by_severity: bySeverity,
    changes_by_action: byAction,
    changes_by_cause: byCause,
    affected_resources: [...new Set(changes.map((change) => change.address))].sort(compareText),
    changes: [...changes],
  };
}

function reportChange(
  change: Change,
  stack: string,
  environments: ReadonlyMap<string, string | null>,
): ReportChange {
  return {
    resource_type: change.kind,
    resource_name: change.name,
    actions: change.actions,
    before: change.before,
    after: change.after,
    severity: change.severity,
    severity_reason: change.severityReason,
    address: change.address,
    stack,
    environment: environments.get(stack) ?? null,
    action: change.action,
    cause: change.cause,
    attributes: change.attributes,
    replaced_because: change.replacedBecause,
    moved_from: change.movedFrom ?? null,
    ...(change.changedBy?.length ? { changed_by: change.changedBy } : {}),
  };
}

function reportIgnored(
  change: IgnoredChange,
  stack: string,
  environments: ReadonlyMap<string, string | null>,
): ReportIgnoredChange {
  const { reason, rule, until } = change.ignored;
  return { ...reportChange(change, stack, environments), ignored: { reason, rule, until: until ?? null } };
}

function reportStack(
  stack: ReportedStack,
  plan: ReportPlan | undefined,
  environment: string | null,
): ReportStack {
  const counts = plan ? countCauses(plan.changes) : stack;
  return {
    key: stack.key,
    path: stack.path,
    kind: stack.kind,
    workspace: stack.workspace,
    environment,
    status: stack.status,
    drift: counts.drift,
    pending: plan ? (plan.pending ?? Math.max(counts.pending, stack.pending)) : stack.pending,
    severity: worstSeverity(plan?.changes.map((change) => change.severity) ?? []),
    error: stack.error,
    ...(plan?.basis?.problems?.length ? { problems: plan.basis.problems } : {}),
    ...(stack.unstable === undefined ? {} : { unstable_plan: [...stack.unstable] }),
  };
}

/** Worst first, then by stack and address: the same changes always stand in the same order. */
function compareChanges(a: ReportChange, b: ReportChange): number {
  return (
    compareSeverity(a.severity, b.severity) ||
    compareText(a.stack, b.stack) ||
    compareText(a.address, b.address)
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
