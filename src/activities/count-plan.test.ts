import { describe, expect, it } from 'vitest';
import { drivers } from '../drivers/registry.ts';
import { reusedInit } from './count-plan.ts';

describe('reusedInit', () => {
  it.each(['terraform', 'opentofu', 'terragrunt'])('tells of %s whether an init was spared', (kind) => {
    expect(reusedInit(drivers, kind, { durationsMs: { plan: 5 } })).toBe(true);
    expect(reusedInit(drivers, kind, { durationsMs: { init: 3, plan: 5 } })).toBe(false);
  });

  it('says nothing of plans that never need one', () => {
    expect(reusedInit(drivers, 'kubernetes', { durationsMs: { render: 5 } })).toBeNull();
    expect(reusedInit(drivers, 'gone', { durationsMs: {} })).toBeNull();
  });
});
