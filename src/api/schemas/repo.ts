import { z } from 'zod';
import { STACK_STATUSES } from '../../domain/stack.ts';
import { healthOfSchema } from './resources.ts';
import { failureSchema, jobSchema, taskSchema } from './task.ts';

/** One stack as `GET /api/repos/{repo}/stacks` lists it. `drift` and `pending` count changes. */
export const stackSchema = z.object({
  key: z.string(),
  path: z.string(),
  kind: z.string(),
  status: z.enum(STACK_STATUSES),
  drift: z.int(),
  pending: z.int(),
  severity: z.enum(['critical', 'high', 'medium', 'low']).nullable(),
  commit: z.string().nullable(),
  scanned_at: z.string().nullable(),
  error: failureSchema.nullable(),
  repo: z.string(),
  workspace: z.string(),
  drifted_since: z.string().nullable(),
  /** Its repairs do not hold: something changes it again and again. */
  oscillating: z.boolean(),
  /** How its objects were when they were last seen; null: nobody looks at them. */
  health: healthOfSchema.nullable(),
});
export type StackJson = z.infer<typeof stackSchema>;
export const stacksSchema = z.object({ stacks: z.array(stackSchema) });

/** Stacks of a repo by status. */
const statusCountsSchema = z.object({
  in_sync: z.int(),
  drifted: z.int(),
  pending: z.int(),
  drifted_and_pending: z.int(),
  errored: z.int(),
  unknown: z.int(),
});

/** One repo on the dashboard. */
const repoSchema = z.object({
  name: z.string(),
  url: z.string(),
  schedule: z.string().nullable(),
  /** ISO 8601, by the schedule; null without one. */
  next_run: z.string().nullable(),
  /** What was last heard of its Git by polling it; null: it is not polled, or was not yet. */
  git: z
    .object({
      /** The newest commit that tasks were asked for. */
      commit: z.string().nullable(),
      reached_at: z.string().nullable(),
      /** Since when the host does not answer; null: it does. */
      failing_since: z.string().nullable(),
      error: failureSchema.nullable(),
    })
    .nullable(),
  stacks: statusCountsSchema,
  total: z.int(),
  severity: z.enum(['critical', 'high', 'medium', 'low']).nullable(),
  last_task: taskSchema.nullable(),
  active_task: taskSchema.nullable(),
});
export type RepoJson = z.infer<typeof repoSchema>;
export const reposSchema = z.object({ repos: z.array(repoSchema) });

/** Answer of `GET /api/repos/{repo}`. */
export const repoDetailSchema = repoSchema.extend({ tasks: z.array(taskSchema) });
export type RepoDetailJson = z.infer<typeof repoDetailSchema>;

/** Answer of `GET /api/stacks` (all repos) for the dashboard. */
export const jobsSchema = z.object({ jobs: z.array(jobSchema) });

const attributeChangeSchema = z.object({
  pointer: z.string(),
  before: z.any(),
  after: z.any(),
  sensitive: z.boolean(),
  unknown: z.boolean(),
  cause: z.enum(['drift', 'pending']),
});

/** One resource-level difference, masked. */
export const changeSchema = z.object({
  address: z.string(),
  resource_type: z.string(),
  resource_name: z.string(),
  action: z.string(),
  actions: z.array(z.string()),
  cause: z.enum(['drift', 'pending', 'both']),
  before: z.any(),
  after: z.any(),
  attributes: z.array(attributeChangeSchema),
  replaced_because: z.array(z.string()),
  moved_from: z.string().nullable(),
  /** Who moved live, newest first, where the target itself tells: only a part of those who did, and never proof. */
  changed_by: z.array(z.object({ manager: z.string(), operation: z.string(), at: z.string().nullable() })),
  severity: z.enum(['critical', 'high', 'medium', 'low']),
  severity_reason: z.string(),
});
export type ChangeJson = z.infer<typeof changeSchema>;

const ignoredChangeSchema = changeSchema.extend({
  ignored: z.object({ reason: z.string(), rule: z.string(), until: z.string().nullable() }),
});

/** Answer of `GET /api/stacks/{repo}/{key}/plan`: the newest plan of a stack, masked. */
export const stackPlanSchema = z.object({
  stack: stackSchema,
  plan: z
    .object({
      job_id: z.string(),
      commit: z.string(),
      digest: z.string(),
      created_at: z.string(),
      changes: z.array(changeSchema),
      ignored: z.array(ignoredChangeSchema),
      outputs: z.array(
        z.object({
          name: z.string(),
          action: z.string(),
          before: z.any(),
          after: z.any(),
          sensitive: z.boolean(),
        }),
      ),
      tool: z.object({ name: z.string(), version: z.string(), source: z.string() }),
      durations_ms: z.record(z.string(), z.number()),
      warnings: z.array(z.string()),
      /** What could not be planned; with any, nothing of the stack is applied. */
      problems: z.array(z.object({ address: z.string(), code: z.string(), message: z.string() })),
      state_lock: z
        .object({ id: z.string(), who: z.string(), operation: z.string(), created: z.string() })
        .nullable(),
      /** The tool's own text, sensitive values masked; null when it is no longer kept. */
      text: z.string().nullable(),
    })
    .nullable(),
  history: z.array(jobSchema),
});
export type StackPlanJson = z.infer<typeof stackPlanSchema>;

/** Answer of `GET /api/health`. */
export const healthSchema = z.object({
  status: z.enum(['ok', 'degraded']),
  version: z.string(),
  temporal: z.object({ ok: z.boolean(), address: z.string(), message: z.string() }),
  store: z.object({ ok: z.boolean(), kind: z.string(), message: z.string() }),
  workers: z.array(z.object({ queue: z.string(), pollers: z.int() })),
  /** Anchors of the audit log that fail or lag behind; usually none. */
  audit_anchors: z.array(
    z.object({
      name: z.string(),
      state: z.enum(['failing', 'lagging']),
      since: z.string(),
      code: z.string().nullable(),
    }),
  ),
  /** Watches of live objects, by what they watch. */
  watches: z.array(
    z.object({
      target: z.string(),
      state: z.enum(['ok', 'failing', 'silent', 'unkept']),
      stacks: z.int(),
      /** When the target was last heard of, be it only that nothing has changed; null: not yet. */
      heard_at: z.string().nullable(),
      code: z.string().nullable(),
    }),
  ),
  temporal_ui: z.string().nullable(),
  auth: z.enum(['open', 'none', 'tokens']),
});
export type HealthJson = z.infer<typeof healthSchema>;
