import { z } from 'zod';
import { APPROVAL_STATUSES } from '../../domain/approvals/approval.ts';

const severity = z.enum(['critical', 'high', 'medium', 'low']);

/** One person's word, as lists show it. */
const decisionSchema = z.object({
  by: z.string(),
  kind: z.enum(['approve', 'reject']),
  reason: z.string(),
  at: z.string(),
  /** `api`, `cli`, `ui`, `signal`. */
  via: z.string(),
  signed: z.boolean(),
  withdrawn_at: z.string().nullable(),
});
export type DecisionJson = z.infer<typeof decisionSchema>;

/** One waiting for people, with what is still missing and what the asking person may do. */
export const approvalSchema = z.object({
  id: z.string(),
  repo: z.string(),
  stack: z.string(),
  environment: z.string().nullable(),
  task_id: z.string(),
  job_id: z.string(),
  commit: z.string(),
  digest: z.string(),
  status: z.enum(APPROVAL_STATUSES),
  severity: severity.nullable(),
  /** Counts by action: `{"update": 2, "delete": 1}`. */
  actions: z.record(z.string(), z.int()),
  /** Why people are asked. */
  reasons: z.array(z.string()),
  authors: z.array(z.string()),
  pusher: z.string().nullable(),
  started_by: z.string(),
  detected_at: z.string(),
  presented_at: z.string(),
  expires_at: z.string().nullable(),
  decided_at: z.string().nullable(),
  required: z.int(),
  approved_by: z.array(z.string()),
  rejected_by: z.array(z.string()),
  /** What is still missing, in words. */
  missing: z.array(z.string()),
  /** By time, those taken back included. */
  decisions: z.array(decisionSchema),
  /** Who was told that it waits: how often, and who else was asked because it waits too long. */
  reminders: z.object({
    times: z.int(),
    last_at: z.string().nullable(),
    escalated_at: z.string().nullable(),
    escalated_to: z.array(z.string()),
  }),
  /** The plan whose place this one took, and what moved since. */
  replaces: z.object({ digest: z.string(), moved: z.array(z.string()) }).nullable(),
  /**
   * What the asking person may do; `may_take_back`: cancel the task that asks, once it has ended. `why` says what stands against approving, and is null
   * when nothing does.
   */
  you: z.object({
    may_approve: z.boolean(),
    may_reject: z.boolean(),
    may_take_back: z.boolean(),
    why: z.string().nullable(),
  }),
});
export type ApprovalJson = z.infer<typeof approvalSchema>;

/** Answer of `GET /api/approvals`, newest first. */
export const approvalsSchema = z.object({ approvals: z.array(approvalSchema) });
export type ApprovalsJson = z.infer<typeof approvalsSchema>;

/** What a decision says: the digest names the very plan that was looked at. */
const decisionRequestSchema = z.object({
  digest: z.string().min(1).max(200),
  reason: z.string().max(2_000).nullish(),
  via: z.enum(['api', 'cli', 'ui']).nullish(),
});

/** Body of `POST …/signal`: what is to be signed. */
export const signalRequestSchema = decisionRequestSchema.extend({
  kind: z.enum(['approve', 'reject', 'withdraw']).default('approve'),
});

/** Answer of `POST …/approve|reject|withdraw`. */
export const decidedSchema = z.object({ approval: approvalSchema, message: z.string() });
export type DecidedJson = z.infer<typeof decidedSchema>;

/** A signed decision for `temporal workflow signal`: nothing is decided until it is sent. */
export const signalSchema = z.object({
  workflow_id: z.string(),
  /** `approve`, `reject` or `withdraw`. */
  signal: z.string(),
  input: z.object({
    by: z.string(),
    digest: z.string(),
    reason: z.string(),
    id: z.string(),
    at: z.string(),
    teams: z.array(z.string()),
    aliases: z.array(z.string()),
    via: z.string(),
    signature: z.string(),
  }),
  /** The whole command line. */
  command: z.string(),
});
export type SignalJson = z.infer<typeof signalSchema>;
