import { z } from 'zod';

/** One link of the chain. */
export const auditRecordSchema = z.object({
  seq: z.int(),
  at: z.string(),
  actor: z.string(),
  action: z.string(),
  repo: z.string().nullable(),
  stack: z.string().nullable(),
  environment: z.string().nullable(),
  task_id: z.string().nullable(),
  commit: z.string().nullable(),
  digest: z.string().nullable(),
  /** `ok`, `refused`, `failed`, `unknown`. */
  result: z.string(),
  reason: z.string(),
  source: z.string(),
  details: z.record(z.string(), z.any()),
  previous: z.string(),
  hash: z.string(),
});
export type AuditRecordJson = z.infer<typeof auditRecordSchema>;

/** Answer of `GET /api/audit`, newest first: `next` is the `before` of the next page, null on the last. */
export const auditPageSchema = z.object({ records: z.array(auditRecordSchema), next: z.int().nullable() });
export type AuditPageJson = z.infer<typeof auditPageSchema>;

/** Answer of `GET /api/audit/verify`. */
export const auditVerificationSchema = z.object({
  ok: z.boolean(),
  /** How many records were checked. */
  records: z.int(),
  /** Sequence number and hash of the newest record; null when there is none. */
  last: z.object({ seq: z.int(), hash: z.string(), at: z.string() }).nullable(),
  /** Every edit, removal and reordering that was found, with the record where it shows. */
  faults: z.array(z.object({ seq: z.int(), code: z.string(), message: z.string() })),
  /** The newest signed point of the chain. */
  signed_to: z.int().nullable(),
  /** Up to where the chain is also written down outside the store, and where. */
  anchored_to: z.int().nullable(),
  anchor: z.string(),
  anchors: z.array(
    z.object({
      name: z.string(),
      /** A file of this machine is not: whoever owns the database may own it, too. */
      outside: z.boolean(),
      /** Whether it can be read back; a syslog collector can not. */
      readable: z.boolean(),
      /** The last record that a head found there vouches for. */
      confirmed_to: z.int().nullable(),
      /** The last record whose head was written there; it lags behind `signed_to` while the anchor fails. */
      written_to: z.int().nullable(),
      /** Why it could not be read. */
      error: z.string().nullable(),
    }),
  ),
  checked_at: z.string(),
});
export type AuditVerificationJson = z.infer<typeof auditVerificationSchema>;

/** Frameworks that a report can be made for. */
export const COMPLIANCE = ['sox', 'soc2', 'pci'] as const;
export type Compliance = (typeof COMPLIANCE)[number];

const evidenceSchema = z.object({ seq: z.int(), at: z.string(), actor: z.string(), action: z.string() });

/** A control of a framework with its evidence. */
const controlSchema = z.object({
  id: z.string(),
  title: z.string(),
  /** What Plumbline does for it. */
  how: z.string(),
  /** `met`: evidence and no exception. `exceptions`: looked at by somebody. `no_evidence`: nothing happened. */
  status: z.enum(['met', 'exceptions', 'no_evidence']),
  /** How many records bear witness, and the newest of them. */
  evidence_count: z.int(),
  evidence: z.array(evidenceSchema),
  exceptions: z.array(z.int()),
});

/** Something that an auditor will ask about. */
const exceptionSchema = z.object({
  /** `self_approval`, `emergency_change`, `unreviewed_apply`, `unknown_result`, … */
  kind: z.string(),
  seq: z.int(),
  at: z.string(),
  actor: z.string(),
  repo: z.string().nullable(),
  stack: z.string().nullable(),
  environment: z.string().nullable(),
  message: z.string(),
});

/** Answer of `GET /api/audit/report`. */
export const auditReportSchema = z.object({
  generated_at: z.string(),
  generated_by: z.string(),
  from: z.string().nullable(),
  to: z.string().nullable(),
  repo: z.string().nullable(),
  environment: z.string().nullable(),
  compliance: z.array(z.enum(COMPLIANCE)),
  verification: auditVerificationSchema,
  summary: z.object({
    records: z.int(),
    tasks: z.int(),
    approvals: z.int(),
    rejections: z.int(),
    applies: z.int(),
    rollbacks: z.int(),
    refused: z.int(),
    exceptions: z.int(),
  }),
  frameworks: z.array(
    z.object({ id: z.enum(COMPLIANCE), name: z.string(), controls: z.array(controlSchema) }),
  ),
  exceptions: z.array(exceptionSchema),
});
export type AuditReportJson = z.infer<typeof auditReportSchema>;
