import { approvalProgress, isExpired } from '../domain/approvals/rules.ts';
import type { Approval, ApprovalStatus } from '../domain/approvals/approval.ts';
import { AUTO_ROLLBACK } from '../domain/eligibility/automatic-rollback.ts';
import { sameCommit } from '../domain/eligibility/blockers.ts';
import type { JudgedPlan } from '../domain/approvals/need.ts';
import { decisionText } from '../domain/approvals/decision-text.ts';
import { withStakes } from '../domain/approvals/stakes.ts';
import { decideStack, type EligibilityInput } from '../domain/eligibility/eligibility.ts';
import { type Hold, holdsStack, mergeNeeded } from '../domain/eligibility/hold.ts';
import { isAgreedOn, isAskedFor } from '../domain/asked-for.ts';
import { isOutdated } from '../domain/approvals/outdated.ts';
import type { EnvironmentPolicy } from '../domain/eligibility/policy.ts';
import { healState } from '../domain/eligibility/retry.ts';
import { UNKNOWN_BASIS } from '../domain/plan.ts';
import { overlap } from '../domain/stack-paths.ts';
import type { PublishedSettings } from '../domain/settings.ts';
import type { Verdict } from '../domain/eligibility/verdict.ts';
import { approvalRequirement } from './approval-requirement.ts';
import type { ActivityDeps } from './deps.ts';
import { isEmergency } from './emergency.ts';
import { policyFor, type StackFacts } from './stack-facts.ts';
import { stakesOf, trustsUnvouched } from './stakes.ts';
import type { TaskRequest } from './types.ts';

/** What becomes of a planned stack by these settings: the facts and the signatures are checked here, the rules are `decideStack`'s. */
export function stackVerdict(
  deps: Pick<ActivityDeps, 'now' | 'verifySigned'>,
  settings: PublishedSettings,
  facts: StackFacts,
  request: TaskRequest,
): Verdict {
  const { job, plan, stack, sync } = facts;
  const { policy, environment } = policyFor(settings, facts);
  const basis = plan?.basis ?? UNKNOWN_BASIS;
  const holds = facts.holds.filter((hold) =>
    holdsStack(hold, { repo: job.repo, key: stack.key, environment }),
  );
  const verdict = decideStack({
    plan: judgedPlan(facts),
    policy,
    mode: request.kind,
    holds,
    commit: job.commit,
    unstable: facts.unstable ?? [],
    mockOutputs: basis.mockOutputs,
    now: deps.now(),
    unsignedCommits: facts.unsignedCommits,
    request: asked(deps, settings, facts, { request, environment }),
    stackPolicy: stack.policy ?? null,
    unknownNeeds: stack.unknownNeeds ?? [],
    changedFiles: (sync?.vouched ?? null) === null ? null : facts.range.files,
    approval: standingApproval(deps, settings, facts),
    newerCommit: policy.approvals.dismissStale ? facts.newer : null,
    heal: healState(sync, job.commit, deps.now()),
    undoes: isBelieved(settings, facts) ? facts.undoes : null,
  });
  return withMergeNeeded(withUnstable(verdict, facts.unstable), {
    holds,
    commit: job.commit,
    path: stack.path,
  });
}

/** The plan as the rules take it; one that failed has no more than its status. */
function judgedPlan({ job, plan }: Pick<StackFacts, 'job' | 'plan'>): JudgedPlan {
  const failed = job.outcome === 'errored' ? 'errored' : 'unknown';
  const none = { status: failed, severity: null, digest: '', changes: [], outputs: [], ignored: [] } as const;
  const { status, severity, digest, changes, outputs, ignored } = plan ?? none;
  const { resources, emptied, problems = [], confirm = [] } = plan?.basis ?? UNKNOWN_BASIS;
  return { status, severity, digest, changes, outputs, ignored, resources, emptied, problems, confirm };
}

/** How the task was asked for, as the rules take it. */
function asked(
  deps: Pick<ActivityDeps, 'verifySigned' | 'now'>,
  settings: PublishedSettings,
  facts: StackFacts,
  { request, environment }: { request: TaskRequest; environment: string | null },
): EligibilityInput['request'] {
  const about = { ...request, trigger: facts.task.trigger };
  const { stackKey } = facts.job;
  return {
    manual: isAskedFor(about, stackKey),
    autoApproveSafe: request.auto_approve_safe === true,
    emergency: !facts.glassLost && isEmergency(deps, facts, request, environment),
    dryRun: request.dry_run === true,
    agreed: isBelieved(settings, facts) && isAgreed(about, stackKey),
  };
}

/** Whether what the request says of where it comes from may count in its favour. */
function isBelieved({ approvals }: PublishedSettings, { task }: Pick<StackFacts, 'task'>): boolean {
  return task.vouched !== false || trustsUnvouched(approvals);
}

/** Whether people, or a rollback, have had their say on what is planned. A look after a rollback changes nothing. */
function isAgreed(request: TaskRequest, stackKey: string): boolean {
  const first = request.first_trigger ?? request.trigger;
  if (isAgreedOn(request, stackKey) || first === AUTO_ROLLBACK) return true;
  return first === 'rollback' && request.dry_run === true;
}

function withUnstable(verdict: Verdict, unstable: StackFacts['unstable']): Verdict {
  return unstable === undefined ? verdict : { ...verdict, unstable };
}

/** What Git has not got yet is said wherever it is applied: to readers of one stack, with the paths of that one. */
function withMergeNeeded(
  verdict: Verdict,
  { holds, commit, path }: { holds: readonly Hold[]; commit: string; path: string },
): Verdict {
  const here = holds.filter((hold) => hold.releasedAt === null && sameCommit(hold.commit, commit));
  const needed = here.flatMap((hold) => mergeNeeded(hold, (other) => overlap(path, other)) ?? []);
  const notes = [...new Set(needed)].map((message) => ({ code: 'branch_protected', message }));
  return { ...verdict, reasons: [...verdict.reasons, ...notes] };
}

/** Whether what people have said of the plan falls with the commit that is planned now. */
export function isOutdatedBy(
  { approvals }: EnvironmentPolicy,
  approval: Approval,
  { job, touchedSinceAsked }: Pick<StackFacts, 'job' | 'touchedSinceAsked'>,
): boolean {
  return isOutdated(approval, approvals, { commit: job.commit, touched: touchedSinceAsked });
}

/**
 * The approval as its decisions bear it out: a status in the store that they don't, because a signature is missing or wrong,
 * or because more is required by now, counts as waiting.
 */
function standingApproval(
  { verifySigned, now }: Pick<ActivityDeps, 'verifySigned' | 'now'>,
  settings: PublishedSettings,
  facts: StackFacts,
): { status: ApprovalStatus; digest: string } | null {
  const { approval, decisions } = facts;
  if (!approval) return null;
  const { digest, status } = approval;
  if (status !== 'approved') return { digest, status };
  if (isExpired(approval, now())) return { digest, status: 'expired' };
  const { policy } = policyFor(settings, facts);
  if (isOutdatedBy(policy, approval, facts)) return { digest, status: 'dismissed' };
  const counted = decisions.filter((decision) => {
    if (decision.signature === null) return settings.approvals.allowUnsignedSignals ?? false;
    return verifySigned?.(decisionText(decision), decision.signature) === true;
  });
  const requirement = approvalRequirement(policy, facts);
  // Whoever applies an approved plan, or has come to it since, can't be among those who approved it.
  const stakes = stakesOf(settings.approvals, facts);
  const { approved } = approvalProgress({ ...withStakes(approval, stakes), requirement }, counted);
  return { digest, status: approved ? 'approved' : 'waiting' };
}
