import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/domain/json.ts';
import { healthOf } from '../../src/drivers/kubernetes/health/health-of.ts';
import type { HealthStatus } from '../../src/drivers/kubernetes/health/health.ts';
import type { KubeObject } from '../../src/kube/object.ts';

/** An object of a kind, called `x`. */
export function an(
  apiVersion: string,
  kind: string,
  fields: JsonObject = {},
  metadata: JsonObject = {},
): KubeObject {
  return { apiVersion, kind, metadata: { name: 'x', ...metadata }, ...fields };
}

/** An entry of `status.conditions`. */
export function condition(type: string, status: string, reason = '', message = ''): JsonObject {
  return { type, status, reason, message };
}

/** The fields of an object with these conditions. */
export function withConditions(...conditions: JsonObject[]): JsonObject {
  return { status: { conditions } };
}

/** What is looked at, its fields, its health, and what the reason says. */
export type Row = [string, JsonObject, HealthStatus, string];

/** Tests of the health of a kind, one for each row. */
export function table(apiVersion: string, kind: string, rows: Row[]): void {
  describe(`the health of a ${kind}`, () => {
    it.each<Row>(rows)('%s', (_, fields, status, reason) => {
      const health = healthOf(an(apiVersion, kind, fields));
      expect(health.status).toBe(status);
      expect(health.reason).toContain(reason);
    });
  });
}
