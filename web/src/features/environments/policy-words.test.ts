import { describe, expect, it } from 'vitest';
import type { PolicyJson } from '../../api/types.ts';
import { policyRules, policySummary } from './policy-words.ts';

function aPolicy(changes: Partial<PolicyJson> = {}): PolicyJson {
  return {
    automated: null,
    approvals: {
      required: 2,
      from_severity: null,
      destroys: true,
      teams: ['platform'],
      require_code_owners: true,
      require_last_push_approval: false,
      dismiss_stale: true,
      expires_after_ms: 7 * 86_400_000,
      remind_every_ms: null,
      escalate_after_ms: null,
      escalate_to: [],
    },
    windows: [],
    freeze: null,
    max_destroys: { count: 5, percent: null },
    auto_approve_safe: null,
    retry: { limit: 3, duration_ms: 5_000, factor: 2, max_duration_ms: 180_000 },
    auto_rollback: false,
    require_signed_commits: false,
    validate: null,
    queue: null,
    ...changes,
  };
}

function says(policy: PolicyJson, topic: string): string[] {
  return policyRules(policy).find((rule) => rule.topic === topic)?.says ?? [];
}

describe('policyRules', () => {
  it('says who has to approve, and that authors never count', () => {
    expect(says(aPolicy(), 'Approvals')).toEqual([
      '2 different people have to approve; never the author of the change.',
      'Destroys and replacements always need approval.',
      'Somebody of team platform has to be among them.',
      'The code owners of the changed files have to approve.',
      'A plan waits for at most 7 days.',
    ]);
  });

  it('says what happens by itself, and what never does', () => {
    expect(says(aPolicy(), 'By itself')).toEqual(['Nothing is applied without a person’s word.']);
    const healing = aPolicy({ automated: { prune: false, self_heal: true, allow_empty: false } });
    expect(says(healing, 'By itself')).toEqual([
      'Drift is repaired without a person.',
      'Deletions wait for a person.',
    ]);
  });

  it('puts a freeze before the windows', () => {
    const window = {
      kind: 'deny' as const,
      schedule: '0 16 * * 5',
      duration_ms: 2 * 86_400_000,
      time_zone: 'Europe/Berlin',
      manual: true,
    };
    const frozen = aPolicy({ windows: [window], freeze: { reason: 'end of quarter', until: '2027-01-02' } });
    expect(says(frozen, 'When')).toEqual([
      'Frozen until 2027-01-02: end of quarter.',
      'No syncs for 2 days from “0 16 * * 5” (Europe/Berlin); what a person asks for may go through.',
    ]);
    expect(policySummary(frozen)).toBe('frozen: end of quarter');
  });

  it('says the retries as waits', () => {
    expect(says(aPolicy(), 'Retries')).toEqual([
      'A failed apply is tried again 3 times: after 5.0 s, then 2 times as long each, at most 3 min.',
    ]);
  });
});

describe('policySummary', () => {
  it('counts the approvals', () => {
    expect(policySummary(aPolicy())).toBe('2 approvals needed, nothing by itself');
  });
});
