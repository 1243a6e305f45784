import type { Approval, Decision } from '../../src/domain/approvals/approval.ts';
import type { AttemptProcess, Backup } from '../../src/domain/attempt.ts';
import type { AuditEntry } from '../../src/domain/audit/record.ts';
import type { Hold } from '../../src/domain/eligibility/hold.ts';
import type { NewAttempt } from '../../src/store/control.ts';
import type { Store } from '../../src/store/store.ts';
import { minute } from './store-builders.ts';

const DIGEST = 'v1:sha256:aa';

export function aProcess(overrides: Partial<AttemptProcess> = {}): AttemptProcess {
  return {
    host: 'worker-1',
    pid: 4711,
    startedAt: '123',
    bootId: 'boot-1',
    pidNamespace: 'ns-1',
    ...overrides,
  };
}

export function anApproval(overrides: Partial<Approval> = {}): Approval {
  const stackKey = overrides.stackKey ?? 'envs/prod';
  const id = overrides.id ?? `my-infra:${stackKey}:1`;
  return {
    id,
    repo: 'my-infra',
    stackKey,
    environment: 'production',
    taskId: 'my-infra:1',
    jobId: id,
    commit: 'c0ffee',
    digest: DIGEST,
    status: 'waiting',
    severity: 'high',
    actions: { update: 2, delete: 1 },
    requirement: {
      required: 2,
      teams: ['platform'],
      codeOwners: [{ path: 'envs/prod/main.tf', owners: ['@platform'] }],
      requireLastPushApproval: true,
    },
    reasons: ['it destroys something'],
    authors: ['carol@example.com'],
    pusher: null,
    startedBy: 'ci',
    detectedAt: minute(0),
    presentedAt: minute(1),
    expiresAt: minute(10_000),
    decidedAt: null,
    replaces: null,
    attemptId: null,
    ...overrides,
  };
}

export function aDecision(overrides: Partial<Decision> = {}): Decision {
  const by = overrides.by ?? 'alice@example.com';
  return {
    id: `decision-of-${by}`,
    approvalId: 'my-infra:envs/prod:1',
    repo: 'my-infra',
    stackKey: 'envs/prod',
    digest: DIGEST,
    kind: 'approve',
    by,
    teams: ['platform'],
    aliases: [],
    reason: '',
    at: minute(2),
    via: 'api',
    signature: 'c2lnbmVk',
    withdrawnAt: null,
    ...overrides,
  };
}

export function anAttempt(overrides: Partial<NewAttempt> = {}): NewAttempt {
  return {
    id: 'attempt-1',
    kind: 'apply',
    repo: 'my-infra',
    stackKey: 'envs/prod',
    taskId: 'my-infra:1',
    jobId: 'my-infra:envs/prod:1',
    digest: DIGEST,
    commit: 'c0ffee',
    rule: 'policy',
    approvalId: null,
    worker: aProcess(),
    outputPath: '/data/scratch/attempt-1.log',
    startedAt: minute(5),
    ...overrides,
  };
}

export function aBackup(overrides: Partial<Backup> = {}): Backup {
  return {
    id: 'backup-1',
    repo: 'my-infra',
    stackKey: 'envs/prod',
    jobId: 'my-infra:envs/prod:1',
    attemptId: 'attempt-1',
    content: 'hmac-sha256:01',
    lineage: '7a5c',
    serial: 12,
    commit: 'c0ffee',
    createdAt: minute(6),
    ...overrides,
  };
}

export function aHold(overrides: Partial<Hold> = {}): Hold {
  return {
    id: 'hold-1',
    kind: 'pause',
    scope: 'stack',
    repo: 'my-infra',
    name: 'envs/prod',
    commit: null,
    reason: 'a migration is under way',
    by: 'alice@example.com',
    at: minute(1),
    releasedAt: null,
    releasedBy: null,
    ...overrides,
  };
}

export function anEntry(overrides: Partial<AuditEntry> = {}): AuditEntry {
  return {
    at: minute(1),
    actor: 'alice@example.com',
    action: 'decision.approved',
    repo: 'my-infra',
    stackKey: 'envs/prod',
    environment: 'production',
    taskId: 'my-infra:1',
    commit: 'c0ffee',
    digest: DIGEST,
    result: 'ok',
    reason: 'looks right',
    source: 'api 10.0.0.7',
    details: { signed: true, approval_id: 'my-infra:envs/prod:1' },
    ...overrides,
  };
}

/** Presents a plan and lets it be approved. */
export async function anApproved(store: Store, overrides: Partial<Approval> = {}): Promise<Approval> {
  const { approval } = await store.approvals.present(anApproval(overrides), minute(1));
  const { id: approvalId, repo, stackKey, digest } = approval;
  const decision = aDecision({ id: `decision-on-${approvalId}`, approvalId, repo, stackKey, digest });
  return (await store.approvals.decide(decision, () => ({ status: 'approved' }))).approval;
}
