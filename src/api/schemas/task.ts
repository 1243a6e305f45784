import { z } from 'zod';

/** Why something failed: a stable code and a sentence. */
export const failureSchema = z.object({ code: z.string(), message: z.string() });

/** A task in driftd's shape, with Plumbline's own fields after it. */
export const taskSchema = z.object({
  id: z.string(),
  repo_name: z.string(),
  status: z.enum(['queued', 'running', 'completed', 'failed', 'awaiting_approval']),
  total: z.int(),
  queued: z.int(),
  running: z.int(),
  completed: z.int(),
  failed: z.int(),
  drifted: z.int(),
  errored: z.int(),
  live_drifted: z.int(),
  pending: z.int(),
  kind: z.string(),
  trigger: z.string(),
  commit: z.string(),
  actor: z.string(),
  stack: z.string().nullable(),
  started_at: z.string(),
  ended_at: z.string().nullable(),
  error: failureSchema.nullable(),
});
export type TaskJson = z.infer<typeof taskSchema>;

/** A job: one stack's plan inside a task. */
export const jobSchema = z.object({
  id: z.string(),
  task_id: z.string(),
  repo_name: z.string(),
  stack_path: z.string(),
  stack: z.string(),
  kind: z.string(),
  status: z.enum(['pending', 'running', 'completed', 'failed']),
  attempts: z.int(),
  commit: z.string(),
  outcome: z.string().nullable(),
  drift: z.int(),
  pending: z.int(),
  severity: z.string().nullable(),
  digest: z.string().nullable(),
  created_at: z.string(),
  started_at: z.string().nullable(),
  ended_at: z.string().nullable(),
  error: failureSchema.nullable(),
});
export type JobJson = z.infer<typeof jobSchema>;

/** Answer to a scan request. */
export const scanAcceptedSchema = z.object({
  jobs: z.array(z.string()),
  task: taskSchema,
  message: z.string(),
});
export type ScanAcceptedJson = z.infer<typeof scanAcceptedSchema>;

/** Answer to a scan request on a busy repo. */
export const scanConflictSchema = z.object({ error: z.string(), active_task: taskSchema });

/** What a scan request may say; an empty text and null say nothing, as clients that always send all keys mean it. */
export const scanRequestSchema = z
  .object({
    trigger: z.string().max(64).nullish(),
    commit: z
      .string()
      .regex(/^([0-9a-fA-F]{4,64})?$/, 'must be a full or abbreviated commit SHA')
      .nullish(),
    actor: z.string().max(256).nullish(),
  })
  .nullish();

/** One message of a task's event stream. `task` carries the counts, `log` a line, `end` closes. */
export const taskEventSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('task'), task: taskSchema }),
  z.object({
    type: z.literal('log'),
    seq: z.int(),
    stack: z.string().nullable(),
    kind: z.string(),
    message: z.string(),
    at: z.string(),
  }),
  z.object({ type: z.literal('end'), task: taskSchema }),
]);
export type TaskEventJson = z.infer<typeof taskEventSchema>;
