import type { ResourceHealth } from '../../../domain/resources/resource.ts';

/** How an object does, and the sentence that says why; empty where there is nothing to say. */
export type Health = ResourceHealth;
export type HealthStatus = Health['status'];
