import { z } from 'zod';
import { STACK_STATUSES } from '../../domain/stack.ts';

/** Answer of `GET /api/graph/{repo}`. */
export const graphSchema = z.object({
  repo: z.string(),
  stacks: z.array(
    z.object({
      key: z.string(),
      status: z.enum(STACK_STATUSES),
      /** As `plumbline get stacks` has it. */
      ready: z.enum(['True', 'False', 'Unknown']),
      message: z.string(),
      /** Keys of those that must be ready before it, as far as they are yours to see. */
      depends_on: z.array(z.string()),
      /** How many stacks come one after another before it. */
      level: z.int(),
      /** Of one that is not ready: what it waits for, and what that waits for, to the one that nothing else keeps. */
      blocked_by: z.array(z.string()),
    }),
  ),
});
export type GraphJson = z.infer<typeof graphSchema>;
