import type { Approval, ApprovalRequirement, Decision } from '../../src/domain/approvals/approval.ts';

/** An approval that waits for two people; `requirement` changes what it waits for. */
export function anApproval(
  overrides: Partial<Omit<Approval, 'requirement'>> = {},
  requirement: Partial<ApprovalRequirement> = {},
): Approval {
  return {
    id: 'my-infra:envs/prod:1',
    repo: 'my-infra',
    stackKey: 'envs/prod',
    environment: 'production',
    taskId: 'my-infra:1',
    jobId: 'my-infra:envs/prod:1',
    commit: 'a'.repeat(40),
    digest: 'now',
    status: 'waiting',
    severity: 'high',
    actions: { update: 1 },
    requirement: { required: 2, teams: [], codeOwners: [], requireLastPushApproval: false, ...requirement },
    reasons: [],
    authors: ['author@example.com'],
    pusher: null,
    startedBy: 'starter@example.com',
    detectedAt: '2026-03-01T10:00:00Z',
    presentedAt: '2026-03-01T11:00:00Z',
    expiresAt: '2026-03-08T11:00:00Z',
    decidedAt: null,
    replaces: null,
    attemptId: null,
    ...overrides,
  };
}

/** A signed approval of it by this person. */
export function aDecision(by: string, overrides: Partial<Decision> = {}): Decision {
  return {
    id: `${by}-${overrides.kind ?? 'approve'}`,
    approvalId: 'my-infra:envs/prod:1',
    repo: 'my-infra',
    stackKey: 'envs/prod',
    digest: 'now',
    kind: 'approve',
    by,
    teams: [],
    aliases: [],
    reason: '',
    at: '2026-03-01T11:30:00Z',
    via: 'api',
    signature: 'signed',
    withdrawnAt: null,
    ...overrides,
  };
}
