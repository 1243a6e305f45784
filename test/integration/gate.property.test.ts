import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openGateBench } from '../support/gate-bench.ts';
import { EACH_WAY, step, World } from '../support/gate-world.ts';

describe('whatever is decided, pushed, planned, changed and waited for', () => {
  it(
    'no plan is applied that the required people, or a rule, have not let through',
    { timeout: 300_000 },
    async () => {
      const all = { approval: 0, policy: 0, auto_approve_safe: 0, break_glass: 0 };
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 6, maxLength: 40 }), async (steps) => {
          const world = new World(await openGateBench());
          try {
            await world.begin();
            for (const next of steps) await world.take(next);
            for (const rule of ['approval', 'policy', 'auto_approve_safe', 'break_glass'] as const)
              all[rule] += world.applied[rule];
          } finally {
            await world.bench.close();
          }
        }),
        { numRuns: 150, examples: [[EACH_WAY]] },
      );
      // Each way through was taken: what never happens proves nothing.
      for (const count of Object.values(all)) expect(count).toBeGreaterThan(0);
    },
  );
});
