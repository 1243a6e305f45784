import { describe, expect, it } from 'vitest';
import { incompletePlan } from './incomplete-plan.ts';

const problem = (address: string) => ({ address, code: 'config_invalid', message: 'it has no kind' });

describe('incompletePlan', () => {
  it.each([
    ['nothing known', undefined, undefined],
    ['no problem', [], undefined],
    ['one', [problem('apps/shop/web.yaml:3')], 'apps/shop/web.yaml:3: it has no kind'],
    ['several', [problem('a.yaml'), problem('b.yaml')], 'a.yaml: it has no kind And 1 more.'],
  ])('of %s says what is in the way, and how much', (_title, problems, said) => {
    const found = incompletePlan(problems);
    expect(found?.message.replace(/^.*applied\. /, '')).toBe(said);
    expect(found?.code ?? null).toBe(said === undefined ? null : 'plan_incomplete');
  });
});
