import { describe, expect, it } from 'vitest';
import { anIgnoreRule } from '../../../test/support/a-change.ts';
import { ignoreUse } from './ignore-use.ts';

const now = new Date('2026-03-10T00:00:00Z');
const stacks = [
  { key: 'envs/prod', planned: true },
  { key: 'envs/dev', planned: false },
];

describe('ignoreUse', () => {
  it('names expired rules and rules that matched nothing', () => {
    const old = anIgnoreRule({ type: 'a', until: '2025-01-01', reason: 'was known' });
    const idle = anIgnoreRule({ type: 'b', stack: 'envs/prod' });
    const used = anIgnoreRule({ type: 'c' });
    const use = ignoreUse([old, idle, used], { repo: 'r', stacks, used: new Set(['type=c']), now });
    expect(use.expired).toEqual([{ rule: 'type=a', reason: 'was known', until: '2025-01-01' }]);
    expect(use.unused.map((rule) => rule.rule)).toEqual(['stack=envs/prod type=b']);
  });

  it('says nothing about rules of other repos, or when a covered stack has no plan', () => {
    const rules = [
      anIgnoreRule({ repo: 'other' }),
      anIgnoreRule({ stack: 'envs/dev' }),
      anIgnoreRule({ type: 'x' }),
    ];
    expect(ignoreUse(rules, { repo: 'r', stacks, used: new Set(), now }).unused).toEqual([]);
  });
});
