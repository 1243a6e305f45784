import { statusAfter } from '../domain/approvals/rules.ts';
import { type Approval, isLive } from '../domain/approvals/approval.ts';
import type { AuditEntry } from '../domain/audit/record.ts';
import type { Change } from '../domain/change.ts';
import { movedAddresses } from '../domain/approvals/moved.ts';
import type { JoinedRequest } from '../domain/request-queue.ts';
import type { Verdict } from '../domain/eligibility/verdict.ts';
import type { Presented } from '../store/control.ts';
import type { PlanRecord } from '../store/store.ts';
import { PlumblineError } from '../util/errors.ts';
import { approvalRequirement } from './approval-requirement.ts';
import { auditEntry } from './audit-entries.ts';
import type { ActivityDeps } from './deps.ts';
import type { PinnedConfig } from './pinned-config.ts';
import { policyFor, stackFacts, type StackFacts } from './stack-facts.ts';
import { stakesOf } from './stakes.ts';
import { isOutdatedBy } from './stack-verdict.ts';

/** Addresses that are named when a plan has moved. */
const MOST_MOVED = 20;
/** A plan that is no longer kept. */
const NO_PLAN = { changes: [], outputs: [] };
/** How far back a change is looked for. */
const MOST_JOBS = 500;

/** Puts the plan of a job before people. Safe to run again. */
export async function presentApproval(
  deps: ActivityDeps,
  config: PinnedConfig,
  { jobId, joined }: { jobId: string; joined: readonly JoinedRequest[] },
  signal: AbortSignal,
): Promise<{ approval_id: string }> {
  const { store } = deps;
  const facts = await stackFacts(deps, config, { jobId }, signal);
  const { plan, job } = facts;
  if (!plan) throw new PlumblineError('plan_missing', `The job ${jobId} has no plan to decide on.`);
  const verdict = await store.verdicts.get(jobId);
  const wanted = await newApproval(deps, config, { facts, plan, verdict, joined });
  const { approval } = await store.approvals.present(
    wanted,
    deps.now().toISOString(),
    statusAfter,
    (presented) => recordsOf(deps, presented),
    (live) =>
      live.id === facts.approval?.id && isOutdatedBy(policyFor(config.settings, facts).policy, live, facts),
  );
  await deps.temporal.present(job.repo, job.stackKey, { approval_id: approval.id, digest: approval.digest });
  return { approval_id: approval.id };
}

function recordsOf(deps: ActivityDeps, { approval, dismissed, expired }: Presented): AuditEntry[] {
  const { repo, stackKey, environment, taskId, commit, digest, authors, pusher, startedBy } = approval;
  const about = { repo, stackKey, environment };
  const presented = auditEntry(deps, {
    ...about,
    action: 'plan.presented',
    result: 'ok',
    taskId,
    commit,
    digest,
    reason: approval.reasons.join(' '),
    details: {
      authors: [...authors],
      pusher,
      started_by: [startedBy, ...othersStarted(approval)].filter((by) => by !== '').join(', '),
    },
  });
  if (expired) {
    const what = expired.decidedAt ? 'applied' : 'decided on';
    const over = {
      action: 'approval.expired',
      result: 'ok',
      digest: expired.digest,
      reason: `It was not ${what} in time (until ${expired.expiresAt}).`,
      details: { approval: expired.id },
    } as const;
    return [auditEntry(deps, { ...about, ...over }), presented];
  }
  if (!dismissed) return [presented];
  const reason =
    dismissed.digest === approval.digest
      ? `The commit ${commit.slice(0, 12)} touched the stack since people were asked.`
      : `Another plan took its place: ${approval.replaces?.moved.join(', ') || 'its digest is another'}.`;
  const gone = { action: 'approval.dismissed', result: 'ok', digest: dismissed.digest, reason } as const;
  return [auditEntry(deps, { ...about, ...gone }), presented];
}

function othersStarted({ others = [] }: Approval): string[] {
  return others.flatMap(({ did, by }) => (did === 'started' ? [by] : []));
}

async function newApproval(
  deps: ActivityDeps,
  config: PinnedConfig,
  given: {
    facts: StackFacts;
    plan: PlanRecord;
    verdict: Verdict | undefined;
    joined: readonly JoinedRequest[];
  },
): Promise<Approval> {
  const { facts, plan, verdict, joined } = given;
  const { job, task, stack } = facts;
  const { environment, policy } = policyFor(config.settings, facts);
  const { expiresAfterMs } = policy.approvals;
  const now = deps.now();
  return {
    id: job.id,
    repo: job.repo,
    stackKey: job.stackKey,
    environment,
    taskId: task.id,
    jobId: job.id,
    commit: job.commit,
    digest: plan.digest,
    status: 'waiting',
    severity: plan.severity,
    actions: countActions(plan.changes),
    requirement: approvalRequirement(policy, facts),
    reasons: (verdict?.reasons ?? []).map(({ message }) => message),
    ...stakesOf(config.settings.approvals, facts, joined),
    detectedAt: stack.driftedSince ?? (await firstSeen(deps, plan)),
    presentedAt: now.toISOString(),
    expiresAt: expiresAfterMs === null ? null : new Date(now.getTime() + expiresAfterMs).toISOString(),
    decidedAt: null,
    replaces: await replaced(deps, facts, plan),
    attemptId: null,
  };
}

/** When these very changes were first seen: no drift, but what Git wants and nobody has applied yet. */
async function firstSeen({ store }: ActivityDeps, plan: PlanRecord): Promise<string> {
  const jobs = await store.jobs.listByStack(plan.repo, plan.stackKey, MOST_JOBS);
  let seen = plan.createdAt;
  for (const { digest, endedAt } of jobs) {
    // A plan that failed has seen nothing, and says nothing against it.
    if (digest === null || endedAt === null) continue;
    if (digest !== plan.digest) break;
    if (endedAt < seen) seen = endedAt;
  }
  return seen;
}

function countActions(changes: readonly Change[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { action } of changes) counts[action] = (counts[action] ?? 0) + 1;
  return counts;
}

/** What moved since the plan that people have, or had, before them. */
async function replaced(
  { store }: ActivityDeps,
  { approval }: StackFacts,
  plan: PlanRecord,
): Promise<Approval['replaces']> {
  const open = approval && isLive(approval);
  if (!approval || !open) return null;
  const before = await store.plans.get(approval.jobId);
  return {
    id: approval.id,
    digest: approval.digest,
    moved: movedAddresses(before ?? NO_PLAN, plan).slice(0, MOST_MOVED),
  };
}
