import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HEALTH_STATUSES, type HealthStatus, worstOf } from './health.ts';

describe('worstOf', () => {
  it.each<[HealthStatus[], HealthStatus]>([
    [[], 'healthy'],
    [['healthy', 'healthy'], 'healthy'],
    [['healthy', 'suspended'], 'suspended'],
    [['suspended', 'progressing'], 'progressing'],
    [['missing', 'progressing'], 'missing'],
    [['degraded', 'missing'], 'degraded'],
    [['degraded', 'unknown', 'healthy'], 'unknown'],
  ])('of %j is %s', (statuses, worst) => {
    expect(worstOf(statuses)).toBe(worst);
  });

  it('is one of them and no better than any, in whatever order', () => {
    const anyStatuses = fc.array(fc.constantFrom(...HEALTH_STATUSES), { minLength: 1 });
    fc.assert(
      fc.property(anyStatuses, (statuses) => {
        const worst = worstOf(statuses);
        const rank = HEALTH_STATUSES.indexOf(worst);
        expect(statuses).toContain(worst);
        expect(statuses.every((status) => HEALTH_STATUSES.indexOf(status) <= rank)).toBe(true);
        expect(worstOf(statuses.toReversed())).toBe(worst);
      }),
    );
  });
});
