import { z } from 'zod';
import { ATTEMPT_RULES, ATTEMPT_STATUSES } from '../../domain/attempt.ts';
import { failureSchema } from './task.ts';

/** One try to change something real. */
export const attemptSchema = z.object({
  id: z.string(),
  kind: z.enum(['apply', 'rollback']),
  repo: z.string(),
  stack: z.string(),
  task_id: z.string(),
  job_id: z.string(),
  digest: z.string(),
  commit: z.string(),
  /** What allowed it. */
  rule: z.enum(ATTEMPT_RULES),
  /** Who ordered it and why, when nobody had approved it. */
  emergency: z.object({ by: z.string(), reason: z.string() }).nullable(),
  approval_id: z.string().nullable(),
  status: z.enum(ATTEMPT_STATUSES),
  /** `host:pid` of the worker. */
  worker: z.string(),
  backup_id: z.string().nullable(),
  started_at: z.string(),
  ended_at: z.string().nullable(),
  /** What is known, in a sentence. */
  summary: z.string(),
  error: failureSchema.nullable(),
});
export type AttemptJson = z.infer<typeof attemptSchema>;

/** Answer of `GET /api/attempts`, newest first. */
export const attemptsSchema = z.object({ attempts: z.array(attemptSchema) });
export type AttemptsJson = z.infer<typeof attemptsSchema>;

/** A state as it was before an attempt; its content never leaves the server. */
export const backupSchema = z.object({
  id: z.string(),
  repo: z.string(),
  stack: z.string(),
  job_id: z.string(),
  attempt_id: z.string().nullable(),
  lineage: z.string(),
  serial: z.int(),
  commit: z.string(),
  created_at: z.string(),
});
export type BackupJson = z.infer<typeof backupSchema>;

/** Answer of `GET /api/repos/{repo}/stacks/{stack…}/backups`, newest first. */
export const backupsSchema = z.object({ backups: z.array(backupSchema) });
export type BackupsJson = z.infer<typeof backupsSchema>;

/** Who works on a stack, as `GET /api/locks/{repo}/{stack…}` shows it. */
export const lockSchema = z.object({
  repo: z.string(),
  stack: z.string(),
  /** The lease of Plumbline's own work; null when nobody works on the stack. */
  lease: z
    .object({
      attempt_id: z.string(),
      worker: z.string(),
      worker_started_at: z.string(),
      taken_at: z.string(),
      renewed_at: z.string(),
    })
    .nullable(),
  /** The attempt that holds the lease. */
  attempt: attemptSchema.nullable(),
  /** The state lock that the last plan found; null when it found none. */
  state_lock: z
    .object({ id: z.string(), who: z.string(), operation: z.string(), created: z.string() })
    .nullable(),
  /** Whether an operator may release it now, and if not, why. */
  releasable: z.boolean(),
  why: z.string(),
});
export type LockJson = z.infer<typeof lockSchema>;

/** Answer of `POST /api/locks/{repo}/{stack…}/look`: whose the lock of the state is, as it is now. */
export const lookedAtSchema = z.object({
  state_lock: z
    .object({ id: z.string(), who: z.string(), operation: z.string(), created: z.string() })
    .nullable(),
  /** The attempt that took it; null when it is somebody else's. */
  attempt: z
    .object({
      id: z.string(),
      status: z.string(),
      host: z.string(),
      pid: z.int(),
      started_at: z.string(),
    })
    .nullable(),
  /** Only what a dead worker of Plumbline's own has left. */
  releasable: z.boolean(),
  why: z.string(),
});
export type LookedAtJson = z.infer<typeof lookedAtSchema>;

/** Body of `POST /api/locks/{repo}/{stack…}/release`: names what was looked at, so that no other lock is released. */
export const releaseRequestSchema = z.object({
  /** The attempt whose hold on the stack is released. */
  attempt_id: z.string().min(1).max(4_096).nullish(),
  /** The lock of the state that is released. */
  lock_id: z.string().min(1).max(4_096).nullish(),
  reason: z.string().min(1).max(2_000),
});

export type ReleaseRequestJson = z.infer<typeof releaseRequestSchema>;

/** Its answer: what was released. */
export const releasedSchema = z.object({
  attempt: attemptSchema.nullable(),
  state_lock: z.string().nullable(),
  message: z.string(),
});
export type ReleasedJson = z.infer<typeof releasedSchema>;
