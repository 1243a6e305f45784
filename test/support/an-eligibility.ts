import { DEFAULT_POLICY } from '../../src/domain/eligibility/default-policy.ts';
import type { EligibilityInput, JudgedPlan } from '../../src/domain/eligibility/eligibility.ts';
import type { Hold } from '../../src/domain/eligibility/hold.ts';
import type { ApprovalPolicy, EnvironmentPolicy } from '../../src/domain/eligibility/policy.ts';
import { aChange } from './a-change.ts';

/** The commit that the plans of these builders are about. */
export const COMMIT = 'a'.repeat(40);

/** A request that a person made, and one that nobody made. */
export const BY_PERSON = { manual: true, autoApproveSafe: false, emergency: false, dryRun: false };
export const BY_ITSELF = { ...BY_PERSON, manual: false };

/** What people said of `aPlan`. */
export const APPROVED = { status: 'approved', digest: 'v1:sha256:one' } as const;

/** A resource that Git no longer has. */
export const GONE = aChange({ address: 'app.old', action: 'delete', cause: 'pending', severity: 'medium' });

/** The default policy, but for `changes`. */
export function aPolicy(
  changes: Partial<EnvironmentPolicy> = {},
  approvals: Partial<ApprovalPolicy> = {},
): EnvironmentPolicy {
  return { ...DEFAULT_POLICY, ...changes, approvals: { ...DEFAULT_POLICY.approvals, ...approvals } };
}

/** An environment that syncs and heals by itself, asks nobody, and leaves deletions to people. */
export const FREE = aPolicy(
  { automated: { prune: false, selfHeal: true, allowEmpty: false } },
  { required: 0 },
);

/** One pending update of low severity. */
export function aPlan(changes: Partial<JudgedPlan> = {}): JudgedPlan {
  return {
    status: 'pending',
    changes: [aChange({ address: 'app.web', cause: 'pending' })],
    outputs: [],
    severity: 'low',
    digest: APPROVED.digest,
    resources: 10,
    emptied: false,
    ...changes,
  };
}

/** One resource that live changed. */
export const DRIFTED = aPlan({ status: 'drifted', changes: [aChange({ address: 'app.web' })] });

/** A pause of production. */
export function aHold(changes: Partial<Hold> = {}): Hold {
  return {
    id: 'h1',
    kind: 'pause',
    scope: 'environment',
    repo: null,
    name: 'production',
    commit: null,
    reason: 'migration',
    by: 'alice@example.com',
    at: '2026-01-01T00:00:00.000Z',
    releasedAt: null,
    releasedBy: null,
    ...changes,
  };
}

/** A sync that a person asked for under the default policy, on a Wednesday at noon; nobody has decided. */
export function anEligibility(changes: Partial<EligibilityInput> = {}): EligibilityInput {
  return {
    plan: aPlan(),
    policy: DEFAULT_POLICY,
    mode: 'sync',
    request: BY_PERSON,
    changedFiles: ['envs/prod/main.tf'],
    approval: null,
    holds: [],
    commit: COMMIT,
    unstable: [],
    mockOutputs: false,
    now: new Date('2026-03-04T12:00:00Z'),
    heal: { oscillating: false, nextAt: null },
    unsignedCommits: 0,
    ...changes,
  };
}
