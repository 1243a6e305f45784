import { z } from 'zod';
import { attemptSchema } from './attempt.ts';
import { stackSchema } from './repo.ts';
import { healthOfSchema, syncSchema } from './resources.ts';

/** Where an object comes from. */
const traceSchema = z.object({
  object: z.string(),
  /** What has made it, and what has made that; the last one is the stack's own. */
  owners: z.array(z.string()),
  /** Of the stack's own object. */
  sync: syncSchema.nullable(),
  health: healthOfSchema.nullable(),
  stack: stackSchema,
  environment: z.string().nullable(),
  /** What the stack's own object was last written at. */
  commit: z.string().nullable(),
  /** What last wrote it, or the stack's last one where the object does not say. */
  attempt: attemptSchema.nullable(),
  approved_by: z.array(z.string()),
});
export type TraceJson = z.infer<typeof traceSchema>;

/** Answer of `GET /api/trace`. */
export const tracesSchema = z.object({ traces: z.array(traceSchema) });
export type TracesJson = z.infer<typeof tracesSchema>;
