import { describe, expect, it } from 'vitest';
import { decisionText, emergencyText, type SignedDecision } from './decision-text.ts';

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
  it('says its purpose, so that it is never the text of a decision', () => {
    const emergency = { repo: 'my-infra', taskId: 'my-infra:1', by: 'a', reason: 'fire', at: decision.at };
    expect(emergencyText(emergency)).toMatch(/^plumbline emergency v1\n\{/);
    expect(decisionText(decision)).toMatch(/^plumbline decision v1\n\{/);
  });
});
