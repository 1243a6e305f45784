import type { RepoJson, StackJson, StackPlanJson } from '../../../src/api/schemas/repo.ts';
import type { TaskEventJson } from '../../../src/api/schemas/task.ts';

export type {
  ChangeJson,
  HealthJson,
  RepoDetailJson,
  RepoJson,
  StackJson,
  StackPlanJson,
} from '../../../src/api/schemas/repo.ts';
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
