import { beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { approvalRequirement } from '../../src/activities/approval-requirement.ts';
import { jwtPerson } from '../../src/api/identity/jwt-person.ts';
import {
  approvalProgress,
  refuseDecision,
  type DecisionCandidate,
} from '../../src/domain/approvals/rules.ts';
import type { Approval } from '../../src/domain/approvals/approval.ts';
import { decideStack } from '../../src/domain/eligibility/eligibility.ts';
import type { Person } from '../../src/domain/person.ts';
import { mayDo } from '../../src/domain/permissions.ts';
import type { EnvironmentPolicy } from '../../src/domain/eligibility/policy.ts';
import type { OidcSettings } from '../../src/domain/settings.ts';
import { aDecision, anApproval } from '../support/an-approval.ts';
import { anEligibility, aPlan as aJudgedPlan, APPROVED } from '../support/an-eligibility.ts';
import { BRANCH_PROTECTION, codeOwnersOf, configOf } from '../support/branch-protection.ts';
import { loadText } from '../support/config-file.ts';
import { createRevertTest } from '../support/git-revert.ts';

const NOW = new Date('2026-03-02T11:00:00Z');
const INFRA = { teams: ['infrastructure-team'] };
const SECURITY = { teams: ['security-team'] };

let policy: EnvironmentPolicy;
let issuer: OidcSettings;
beforeEach(async () => {
  const { settings } = await loadText(stringify(configOf(BRANCH_PROTECTION)));
  policy = settings.published.environments[0]!.policy;
  if (settings.auth.mode === 'tokens') issuer = settings.auth.oidc[0]!;
});

/** What waits for people when these files have changed. */
function waiting(files: string[], overrides: Partial<Approval> = {}): Approval {
  const range = { files, authors: [], lastCommitter: null, commits: 1 };
  const requirement = approvalRequirement(policy, {
    plan: undefined,
    range,
    codeOwners: codeOwnersOf(BRANCH_PROTECTION),
  });
  return anApproval(overrides, requirement);
}

function says(by: string, more: Partial<DecisionCandidate> = {}): DecisionCandidate {
  const proven = { proof: 'signed', allowUnsigned: false, machine: false, entitled: true } as const;
  return { kind: 'approve', digest: 'now', by, teams: [], aliases: [], reason: '', ...proven, ...more };
}

function personOf(...groups: string[]): Person {
  return jwtPerson({ email: 'alice@example.com', groups }, issuer) as Person;
}

const isEnough = (approval: Approval, decisions: ReturnType<typeof aDecision>[]) =>
  approvalProgress(approval, decisions).approved;

describe('the rules of a protected branch, for what is applied', () => {
  it('required_approving_review_count: two different people', () => {
    const approval = waiting(['README.md']);
    expect(isEnough(approval, [aDecision('alice')])).toBe(false);
    const twice = [aDecision('alice'), aDecision('alice', { id: 'again' })];
    expect(isEnough(approval, twice)).toBe(false);
    expect(isEnough(approval, [aDecision('alice'), aDecision('bob')])).toBe(true);
  });

  it('dismiss_stale_reviews: a word about another plan counts no more', () => {
    expect(policy.approvals.dismissStale).toBe(true);
    const decisions = [aDecision('alice', { digest: 'before' }), aDecision('bob')];
    expect(isEnough(waiting(['README.md']), decisions)).toBe(false);
  });

  it.each([
    ['terraform/main.tf', ['infrastructure-team', 'security-team']],
    ['k8s/production/web.yaml', ['infrastructure-team', 'security-team', 'platform-team']],
    ['secrets/database.yaml', ['security-team']],
    ['modules/terraform/main.tf', ['infrastructure-team', 'security-team']],
  ])('require_code_owner_reviews: %s needs one of %j', (file, owners) => {
    const all = ['infrastructure-team', 'security-team', 'platform-team', 'others'];
    const enough = all.filter((team) =>
      isEnough(waiting([file]), [aDecision('alice', { teams: [team] }), aDecision('bob')]),
    );
    expect(enough).toEqual(owners);
  });

  it('require_code_owner_reviews: every changed file has its own', () => {
    const approval = waiting(['terraform/main.tf', 'secrets/database.yaml']);
    expect(isEnough(approval, [aDecision('alice', INFRA), aDecision('bob', INFRA)])).toBe(false);
    expect(approvalProgress(approval, [aDecision('alice', INFRA)]).missing.join()).toContain('security-team');
    expect(isEnough(approval, [aDecision('alice', INFRA), aDecision('bob', SECURITY)])).toBe(true);
  });

  it('require_last_push_approval: not by who pushed last', () => {
    const approval = waiting(['README.md'], { pusher: 'alice' });
    expect(refuseDecision(approval, [], says('alice'), NOW)).toMatchObject({ code: 'own_change' });
    expect(refuseDecision(approval, [], says('bob'), NOW)).toBeUndefined();
    const pushedSince = [aDecision('alice'), aDecision('bob')];
    expect(isEnough(approval, pushedSince)).toBe(false);
  });

  it('restrictions: nobody but these teams brings anything to production, or decides on it', () => {
    const at = { repo: 'infra', environment: 'production' };
    for (const team of BRANCH_PROTECTION.branch_protection.main.restrictions.teams) {
      expect(mayDo(personOf(team), 'sync', at)).toBeUndefined();
      expect(mayDo(personOf(team), 'approve', at)).toBeUndefined();
    }
    expect(mayDo(personOf('platform-team'), 'sync', at)).toMatchObject({ code: 'not_entitled' });
    expect(mayDo(personOf(), 'approve', at)).toMatchObject({ code: 'not_entitled' });
    expect(mayDo(personOf(), 'read', at)).toBeUndefined();
  });

  it('enforce_admins: who may do everything approves no change of their own, and counts once', () => {
    const approval = waiting(['README.md'], { authors: ['root'], startedBy: 'root' });
    const asAdmin = says('root', { entitled: true });
    expect(refuseDecision(approval, [], asAdmin, NOW)).toMatchObject({ code: 'own_change' });
    expect(isEnough(approval, [aDecision('root'), aDecision('bob')])).toBe(false);
    const others = waiting(['README.md']);
    expect(isEnough(others, [aDecision('root')])).toBe(false);
    expect(refuseDecision(others, [aDecision('root')], asAdmin, NOW)).toMatchObject({
      code: 'already_decided',
    });
  });

  it('required_status_checks: a plan that failed is not applied whoever agrees, and a strict one is the newest', () => {
    const { strict, contexts } = BRANCH_PROTECTION.branch_protection.main.required_status_checks;
    expect([strict, contexts.includes('terraform/plan')]).toEqual([true, true]);
    const failed = anEligibility({ policy, plan: aJudgedPlan({ status: 'errored' }), approval: APPROVED });
    expect(decideStack(failed)).toMatchObject({ kind: 'blocked', reasons: [{ code: 'plan_errored' }] });
    const moved = anEligibility({
      policy,
      plan: aJudgedPlan({ digest: 'v1:sha256:two' }),
      approval: APPROVED,
    });
    expect(decideStack(moved).kind).toBe('wait');
    expect(decideStack(anEligibility({ policy, approval: APPROVED })).kind).toBe('apply');
    expect(policy.validate).toEqual(['sh', 'validate.sh']);
  });

  it('allow_force_pushes, allow_deletions: a rollback is one more commit, and the host that refuses both takes it', async () => {
    const { allow_force_pushes, allow_deletions } = BRANCH_PROTECTION.branch_protection.main;
    const git = await createRevertTest();
    try {
      await git.repo.git(['config', 'receive.denyNonFastForwards', String(!allow_force_pushes)]);
      await git.repo.git(['config', 'receive.denyDeletes', String(!allow_deletions)]);
      const then = await git.work.commit({ 'prod/a': '1' });
      const now = await git.work.commit({ 'prod/a': '2' });
      await git.work.push();
      const { commit } = await git.revert(then);
      expect((await git.repo.git(['rev-parse', 'main', 'main^'])).trim().split('\n')).toEqual([commit, now]);
      expect(await git.treeOf(commit, 'prod')).toBe(await git.treeOf(then, 'prod'));
      // The host means it.
      await expect(git.work.git('push', '--force', 'origin', `${then}:main`)).rejects.toThrow(
        /non-fast-forward/,
      );
      await expect(git.work.git('push', 'origin', ':main')).rejects.toThrow(/delet/);
    } finally {
      await git.remove();
    }
  });
});
