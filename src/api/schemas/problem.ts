import { z } from 'zod';

/** An answer of RFC 9457; `error` repeats `detail` under the key that driftd's clients read. */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.string(),
  instance: z.string(),
  error: z.string(),
  faults: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
});
