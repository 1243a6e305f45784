import { z } from 'zod';

const severity = z.enum(['critical', 'high', 'medium', 'low']);

/** Something that keeps stacks from being applied. */
export const holdSchema = z.object({
  id: z.string(),
  /** `pause`: nothing is applied. `pin`: only `commit` is. */
  kind: z.enum(['pause', 'pin']),
  scope: z.enum(['repo', 'environment', 'stack']),
  repo: z.string().nullable(),
  /** The environment's name or the stack's key; empty for a repo. */
  name: z.string(),
  commit: z.string().nullable(),
  reason: z.string(),
  by: z.string(),
  at: z.string(),
  /** Of a rollback that a protected branch did not take: what has to be merged before the pin ends. */
  merge_needed: z.string().nullable(),
});
export type HoldJson = z.infer<typeof holdSchema>;

/** Answer of `GET /api/holds`. */
export const holdsSchema = z.object({ holds: z.array(holdSchema) });
export type HoldsJson = z.infer<typeof holdsSchema>;

/** Body of `POST /api/holds`, and of `DELETE /api/holds`, where `kind` and `reason` may be left out. */
export const holdRequestSchema = z.object({
  kind: z.enum(['pause', 'pin']).default('pause'),
  scope: z.enum(['repo', 'environment', 'stack']),
  repo: z.string().max(200).nullish(),
  name: z.string().max(4_096).nullish(),
  commit: z
    .string()
    .regex(/^[0-9a-fA-F]{4,64}$/, 'must be a full or abbreviated commit SHA')
    .nullish(),
  reason: z.string().max(2_000).nullish(),
});
export type HoldRequestJson = z.infer<typeof holdRequestSchema>;

/** How an environment is kept, in the config's words. */
export const policySchema = z.object({
  automated: z.object({ prune: z.boolean(), self_heal: z.boolean(), allow_empty: z.boolean() }).nullable(),
  approvals: z.object({
    required: z.int(),
    from_severity: severity.nullable(),
    destroys: z.boolean(),
    teams: z.array(z.string()),
    require_code_owners: z.boolean(),
    require_last_push_approval: z.boolean(),
    dismiss_stale: z.boolean(),
    expires_after_ms: z.number().nullable(),
    remind_every_ms: z.number().nullable(),
    escalate_after_ms: z.number().nullable(),
    escalate_to: z.array(z.string()),
  }),
  windows: z.array(
    z.object({
      kind: z.enum(['allow', 'deny']),
      schedule: z.string(),
      duration_ms: z.number(),
      time_zone: z.string(),
      manual: z.boolean(),
    }),
  ),
  freeze: z.object({ reason: z.string(), until: z.string().nullable() }).nullable(),
  max_destroys: z.object({ count: z.number().nullable(), percent: z.number().nullable() }),
  auto_approve_safe: z.object({ patterns: z.array(z.string()), max_severity: severity }).nullable(),
  retry: z.object({
    limit: z.int(),
    duration_ms: z.number(),
    factor: z.number(),
    max_duration_ms: z.number(),
  }),
  auto_rollback: z.boolean(),
  require_signed_commits: z.boolean(),
  validate: z.array(z.string()).nullable(),
  queue: z.string().nullable(),
});
export type PolicyJson = z.infer<typeof policySchema>;

/** One environment as the list shows it. */
export const environmentSchema = z.object({
  name: z.string(),
  aliases: z.array(z.string()),
  order: z.number(),
  repos: z.array(z.string()),
  /** Stacks that belong to it. */
  stacks: z.int(),
  drifted: z.int(),
  pending: z.int(),
  /** Stacks that wait for people. */
  waiting: z.int(),
  policy: policySchema,
  /** What keeps the whole environment from being applied; null: nothing. */
  hold: holdSchema.nullable(),
});
export type EnvironmentJson = z.infer<typeof environmentSchema>;

/** Answer of `GET /api/environments`, in their order of syncing. */
export const environmentsSchema = z.object({ environments: z.array(environmentSchema) });
export type EnvironmentsJson = z.infer<typeof environmentsSchema>;

/** Answer of `GET /api/environments/{name}`: with its stacks, and every hold that concerns one of them. */
export const environmentDetailSchema = environmentSchema.extend({
  members: z.array(
    z.object({
      repo: z.string(),
      stack: z.string(),
      path: z.string(),
      kind: z.string(),
      status: z.string(),
      drift: z.int(),
      pending: z.int(),
      severity: severity.nullable(),
      commit: z.string().nullable(),
      scanned_at: z.string().nullable(),
      /** The last applied and verified commit; null when it was never synced. */
      synced_commit: z.string().nullable(),
      synced_at: z.string().nullable(),
      /** Status of its newest approval; null without one. */
      approval: z.string().nullable(),
    }),
  ),
  holds: z.array(holdSchema),
});
export type EnvironmentDetailJson = z.infer<typeof environmentDetailSchema>;

/** Answer of `GET /api/me`. */
export const meSchema = z.object({
  id: z.string(),
  kind: z.enum(['person', 'machine']),
  teams: z.array(z.string()),
  /** How the identity was proven: `token`, `oidc`, `local`, `open`. */
  via: z.string(),
  /** Roles, and where they hold; empty lists mean everywhere. */
  roles: z.array(
    z.object({ role: z.string(), repos: z.array(z.string()), environments: z.array(z.string()) }),
  ),
});
export type MeJson = z.infer<typeof meSchema>;
