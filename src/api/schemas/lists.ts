import { z } from 'zod';
import { jobSchema, taskSchema } from './task.ts';

/** Answer of `GET /api/tasks`. */
export const tasksSchema = z.object({ tasks: z.array(taskSchema) });

/** Answer of `GET /api/tasks/{id}/jobs`: `next` is the `after` of the next page, null on the last. */
export const jobsPageSchema = z.object({ jobs: z.array(jobSchema), next: z.int().nullable() });
export type JobsPageJson = z.infer<typeof jobsPageSchema>;

/** Answer of `POST /api/tasks/{id}/cancel`. */
export const taskResultSchema = z.object({ task: taskSchema, message: z.string() });
