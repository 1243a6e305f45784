import type { ApprovalJson } from '../../../src/api/schemas/approval.ts';
import type { RepoJson, StackJson, StackPlanJson } from '../../../src/api/schemas/repo.ts';
import type { RemediationJson, VerdictsJson } from '../../../src/api/schemas/sync.ts';
import type { TaskEventJson } from '../../../src/api/schemas/task.ts';

export type {
  ApprovalJson,
  ApprovalsJson,
  DecidedJson,
  DecisionJson,
} from '../../../src/api/schemas/approval.ts';
export type { AttemptJson, AttemptsJson, BackupsJson } from '../../../src/api/schemas/attempt.ts';
export type {
  AuditPageJson,
  AuditRecordJson,
  AuditReportJson,
  AuditVerificationJson,
  Compliance,
} from '../../../src/api/schemas/audit.ts';
export type {
  EnvironmentDetailJson,
  EnvironmentJson,
  EnvironmentsJson,
  HoldJson,
  MeJson,
  PolicyJson,
} from '../../../src/api/schemas/environment.ts';
export type {
  EnvironmentSyncJson,
  RemediationJson,
  SyncAcceptedJson,
  SyncRequestJson,
  VerdictsJson,
} from '../../../src/api/schemas/sync.ts';
export type {
  ChangeJson,
  HealthJson,
  RepoDetailJson,
  RepoJson,
  StackJson,
  StackPlanJson,
} from '../../../src/api/schemas/repo.ts';
export type { GraphJson } from '../../../src/api/schemas/graph.ts';
export type { ResourceJson, ResourcesJson } from '../../../src/api/schemas/resources.ts';
export type { JobsPageJson } from '../../../src/api/schemas/lists.ts';
export type { JobJson, ScanAcceptedJson, TaskEventJson, TaskJson } from '../../../src/api/schemas/task.ts';

/** What a stack's last plan says of it. */
export type StackStatus = StackJson['status'];
/** From `critical` to `low`. */
export type Severity = NonNullable<StackJson['severity']>;
/** Stacks of a repo by status. */
export type StatusCounts = RepoJson['stacks'];
/** The newest plan of a stack. */
export type PlanJson = NonNullable<StackPlanJson['plan']>;
/** A change that a rule of the config ignores. */
export type IgnoredChangeJson = PlanJson['ignored'][number];
/** An output value that would change. */
export type OutputJson = PlanJson['outputs'][number];
/** One attribute-level difference. */
export type AttributeJson = PlanJson['changes'][number]['attributes'][number];
/** A line of a task's live log. */
export type LogLineJson = Extract<TaskEventJson, { type: 'log' }>;
/** From `waiting` to `used`, or to one of the ends where nothing is applied. */
export type ApprovalStatus = ApprovalJson['status'];
/** One step of a remediation plan. */
export type StepJson = RemediationJson['steps'][number];
/** What became of one planned stack, and why. */
export type VerdictJson = VerdictsJson['verdicts'][number];
