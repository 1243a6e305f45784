import { z } from 'zod';
import { ROLLOUT_KINDS } from '../../domain/rollout-target.ts';
import { PRIORITIES } from '../../domain/reports/remediation.ts';
import { VERDICTS } from '../../domain/eligibility/verdict.ts';
import { VERDICT_RESULTS } from '../../domain/eligibility/verdict-result.ts';
import { changeSchema } from './repo.ts';
import { taskSchema } from './task.ts';

const sha = z
  .string()
  .regex(/^([0-9a-fA-F]{4,64})?$/, 'must be a full or abbreviated commit SHA')
  .nullish();

/** A workload and the revision of its own that it goes back to; left out: the one before. */
const rolloutTargetSchema = z.object({
  kind: z.enum(ROLLOUT_KINDS),
  namespace: z.string().max(253).nullish(),
  name: z.string().min(1).max(253),
  revision: z.int().positive().nullish(),
});

/** What a sync, reconcile or rollback may be told; an empty text and null say nothing. */
export const syncRequestSchema = z
  .object({
    commit: sha,
    /** Keys or paths of stacks; left out: all of them. */
    stacks: z.array(z.string().min(1).max(4_096)).max(2_000).nullish(),
    environment: z.string().max(200).nullish(),
    /** Several environments of the repo as one task, in their order of syncing; left out: as `environment` says. */
    environments: z.array(z.string().min(1).max(200)).max(50).nullish(),
    dry_run: z.boolean().nullish(),
    auto_approve_safe: z.boolean().nullish(),
    reason: z.string().max(2_000).nullish(),
    /** Rollback to this commit. */
    to_commit: sha,
    /** Rollback of exactly one stack to this saved state. */
    to_backup: z.string().max(4_096).nullish(),
    /** Rollback of exactly one stack to what this task of it left: the state that was saved before the next one. */
    to_task: z.string().max(4_096).nullish(),
    /** Rollback of one workload of exactly one stack to a revision that its cluster keeps, and then of Git. */
    to_rollout: rolloutTargetSchema.nullish(),
    /** Break-glass: applies without approvals. Needs the role admin, and is listed in every report. */
    emergency_reason: z.string().max(2_000).nullish(),
    trigger: z.string().max(64).nullish(),
    actor: z.string().max(256).nullish(),
  })
  .nullish();
export type SyncRequestJson = z.infer<typeof syncRequestSchema>;

/** Answer of `POST /api/repos/{repo}/sync|reconcile|rollback`. */
export const syncAcceptedSchema = z.object({
  task: taskSchema,
  /** Whether another task of the repo runs first. */
  queued: z.boolean(),
  message: z.string(),
});
export type SyncAcceptedJson = z.infer<typeof syncAcceptedSchema>;

/** Answer of `POST /api/environments/{name}/sync|reconcile|rollback`. */
export const environmentSyncSchema = z.object({
  tasks: z.array(z.object({ repo: z.string(), task_id: z.string(), queued: z.boolean() })),
});
export type EnvironmentSyncJson = z.infer<typeof environmentSyncSchema>;

/** Answer of `GET /api/tasks/{id}/remediation`: what comes first stands first. */
export const remediationSchema = z.object({
  steps: z.array(
    z.object({
      priority: z.enum(PRIORITIES),
      description: z.string(),
      stack: z.string(),
      changes: z.array(changeSchema),
      approval_required: z.boolean(),
      auto_rollback: z.boolean(),
      /** Keys of stacks whose steps come first. */
      after: z.array(z.string()),
      /** Why nothing of the stack is applied, whoever agrees; null where it may be. */
      blocked: z.string().nullable(),
    }),
  ),
});
export type RemediationJson = z.infer<typeof remediationSchema>;

/** Answer of `GET /api/tasks/{id}/verdicts`: what became of each planned stack, and why. */
export const verdictsSchema = z.object({
  verdicts: z.array(
    z.object({
      stack: z.string(),
      job_id: z.string(),
      kind: z.enum(VERDICTS),
      rule: z.enum(['approval', 'policy', 'auto_approve_safe', 'break_glass']).nullable(),
      reasons: z.array(z.object({ code: z.string(), message: z.string() })),
      blocked_by: z.array(z.string()),
      /** Addresses that differed between two plans in a row: nobody is asked about such a plan. */
      unstable: z.array(z.string()),
      /** What really came of it. */
      result: z.enum(VERDICT_RESULTS),
      /** The attempt to apply it, where one began. */
      attempt_id: z.string().nullable(),
      /** What is known of the attempt, or what kept it from beginning; null where nothing was tried. */
      outcome: z.object({ code: z.string().nullable(), message: z.string() }).nullable(),
    }),
  ),
});
export type VerdictsJson = z.infer<typeof verdictsSchema>;
