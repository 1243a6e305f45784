import { describe, expect, it } from 'vitest';
import { decisionText, emergencyCovers, emergencyText, type SignedDecision } from './decision-text.ts';

const decision: SignedDecision = {
  id: 'd1',
  approvalId: 'my-infra:envs/prod:1',
  repo: 'my-infra',
  stackKey: 'envs/prod',
  digest: 'v1:sha256:aa',
  kind: 'approve',
  by: 'alice@example.com',
  teams: ['infra'],
  aliases: ['alice'],
  reason: '',
  at: '2026-01-02T03:04:05.000Z',
};

describe('decisionText', () => {
  it('is another text as soon as anything that was decided is another', () => {
    const others: SignedDecision[] = [
      { ...decision, id: 'd2' },
      { ...decision, approvalId: 'my-infra:envs/prod:2' },
      { ...decision, repo: 'other' },
      { ...decision, stackKey: 'envs/dev' },
      { ...decision, digest: 'v1:sha256:bb' },
      { ...decision, kind: 'reject' },
      { ...decision, kind: 'withdraw' },
      { ...decision, by: 'bob@example.com' },
      { ...decision, teams: ['infra', 'security'] },
      { ...decision, aliases: [] },
      { ...decision, reason: 'because' },
      { ...decision, at: '2026-01-02T03:04:06.000Z' },
    ];
    const texts = new Set([decision, ...others].map(decisionText));
    expect(texts.size).toBe(others.length + 1);
  });

  it('does not depend on fields that change later', () => {
    const stored = { ...decision, via: 'api', signature: 'x', withdrawnAt: null };
    expect(decisionText(stored)).toBe(decisionText(decision));
  });
});

describe('emergencyText', () => {
  const emergency = { repo: 'my-infra', taskId: 'my-infra:1', by: 'a', reason: 'fire', at: decision.at };

  it('is another text for another place', () => {
    const others = [
      { ...emergency, repo: 'other' },
      { ...emergency, taskId: 'my-infra:2' },
      { ...emergency, environment: 'development' },
      { ...emergency, stacks: [] },
      { ...emergency, stacks: ['envs/dev'] },
      { ...emergency, environment: 'development', stacks: ['envs/dev'] },
      { ...emergency, by: 'b' },
      { ...emergency, reason: 'flood' },
      { ...emergency, at: '2026-01-02T03:04:06.000Z' },
    ];
    expect(new Set([emergency, ...others].map(emergencyText)).size).toBe(others.length + 1);
  });

  it('says its purpose, so that it is never the text of a decision', () => {
    expect(emergencyText(emergency)).toMatch(/^plumbline emergency v2\n\{/);
    expect(decisionText(decision)).toMatch(/^plumbline decision v1\n\{/);
  });
});

describe('emergencyCovers', () => {
  const here = { environment: 'development', stackKey: 'envs/dev' };

  it.each([
    ['all of the repo', {}, true],
    ['the environment', { environment: 'development' }, true],
    ['another environment', { environment: 'production' }, false],
    ['this stack among others', { stacks: ['envs/qa', 'envs/dev'] }, true],
    ['other stacks', { stacks: ['envs/qa'] }, false],
    ['no stack at all', { stacks: [] }, false],
    ['this stack in another environment', { environment: 'production', stacks: ['envs/dev'] }, false],
  ])('of %s: %s', (_, said, covers) => {
    expect(emergencyCovers(said, here)).toBe(covers);
  });

  it('no stack without an environment, when it is about one', () => {
    expect(emergencyCovers({ environment: 'development' }, { environment: null, stackKey: 'x' })).toBe(false);
  });
});
