import { z } from 'zod';
import { RESOURCE_HEALTH, SYNC_STATES } from '../../domain/resources/resource.ts';
import { failureSchema } from './task.ts';

export const healthOfSchema = z.object({
  status: z.enum(RESOURCE_HEALTH),
  /** Why; empty where there is nothing to say. */
  reason: z.string(),
});

export const syncSchema = z.enum(SYNC_STATES);

/** One object of a stack, or one that such an object has made. Holds no values. */
const resourceSchema = z.object({
  address: z.string(),
  group: z.string(),
  kind: z.string(),
  namespace: z.string(),
  name: z.string(),
  /** Address of the object that has made it. */
  parent: z.string().nullable(),
  /** null: nobody compares it, since it is a hook or a child. */
  sync: syncSchema.nullable(),
  hook: z.boolean(),
  health: healthOfSchema.nullable(),
  images: z.array(z.string()),
  /** The commit and the attempt that last wrote it, as it says itself. */
  written: z.object({ commit: z.string(), attempt: z.string() }).nullable(),
  /** How its containers last ended, where that was no success. */
  ends: z.array(
    z.object({ container: z.string(), exit_code: z.int(), reason: z.string(), message: z.string() }),
  ),
  /** Newest first; only of what is not well. */
  events: z.array(
    z.object({
      type: z.string(),
      reason: z.string(),
      message: z.string(),
      count: z.int(),
      at: z.string().nullable(),
    }),
  ),
});
export type ResourceJson = z.infer<typeof resourceSchema>;

/** Answer of `GET /api/resources/{repo}/{stack}`. */
export const resourcesSchema = z.object({
  repo: z.string(),
  stack: z.string(),
  /** When this was found, ISO 8601; null: nothing is known. */
  at: z.string().nullable(),
  age_seconds: z.int().nullable(),
  health: healthOfSchema.nullable(),
  /** Parents before their children. */
  resources: z.array(resourceSchema),
  /** What nobody declared in the stack's namespaces; null: not looked for. */
  orphans: z.array(resourceSchema).nullable(),
  /** What could not be looked at. */
  notes: z.array(z.string()),
  /** Why there is nothing newer than what is shown; null where it is as new as was asked for. */
  problem: failureSchema.nullable(),
});
export type ResourcesJson = z.infer<typeof resourcesSchema>;
