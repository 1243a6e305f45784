import type { Approval, Decision } from '../../domain/approvals/approval.ts';
import { claimedNames } from '../../domain/approvals/distinct-people.ts';
import {
  approvalProgress,
  type DecisionCandidate,
  refuseDecision,
  requiredApprovals,
} from '../../domain/approvals/rules.ts';
import { canTakeBack, mayCancel } from '../../domain/approvals/take-back.ts';
import { hasUnknownStarter } from '../../domain/approvals/stakes.ts';
import { mayDo } from '../../domain/permissions.ts';
import type { Person } from '../../domain/person.ts';
import type { Task } from '../../domain/task.ts';
import type { ApprovalJson } from '../schemas/approval.ts';

const UNKNOWN_STARTER =
  'Nobody is named who started this, so that it may be one of those who approve: one person more has to agree.';

const UNVOUCHED_STARTER =
  'This was started over Temporal itself, where anybody can give any name, so that it may have been one of those who approve: one ' +
  'person more has to agree.';

/** Who looks at an approval, and when. */
interface Viewer {
  person: Person;
  now: Date;
  /** The task that asks; left out: nobody knows it any more. */
  task?: Task | undefined;
}

/** An approval as one person sees it: with what is missing, and what they may do about it. */
export function approvalJson(
  approval: Approval,
  decisions: readonly Decision[],
  viewer: Viewer,
): ApprovalJson {
  const progress = approvalProgress(approval, decisions);
  return {
    id: approval.id,
    repo: approval.repo,
    stack: approval.stackKey,
    environment: approval.environment,
    task_id: approval.taskId,
    job_id: approval.jobId,
    commit: approval.commit,
    digest: approval.digest,
    status: approval.status,
    severity: approval.severity,
    actions: { ...approval.actions },
    reasons: [...approval.reasons, ...unknownStarter(approval)],
    authors: [...approval.authors],
    pusher: approval.pusher,
    started_by: startersOf(approval),
    detected_at: approval.detectedAt,
    presented_at: approval.presentedAt,
    expires_at: approval.expiresAt,
    decided_at: approval.decidedAt,
    required: requiredApprovals(approval),
    approved_by: [...progress.approvedBy],
    rejected_by: [...progress.rejectedBy],
    missing: [...progress.missing],
    decisions: decisions.map(decisionJson),
    reminders: remindersJson(approval),
    replaces: approval.replaces && {
      digest: approval.replaces.digest,
      moved: [...approval.replaces.moved],
    },
    you: whatYouMayDo(approval, decisions, viewer),
  };
}

function unknownStarter(approval: Approval): string[] {
  if (!hasUnknownStarter(approval)) return [];
  return [startersOf(approval) === '' ? UNKNOWN_STARTER : UNVOUCHED_STARTER];
}

function remindersJson({ reminders }: Approval): ApprovalJson['reminders'] {
  return {
    times: reminders?.times ?? 0,
    last_at: reminders?.lastAt ?? null,
    escalated_at: reminders?.escalatedAt ?? null,
    escalated_to: [...(reminders?.escalatedTo ?? [])],
  };
}

function startersOf({ startedBy, others = [] }: Approval): string {
  const more = others.flatMap(({ did, by }) => (did === 'started' ? [by] : []));
  return [...new Set([startedBy, ...more])].filter((by) => by !== '').join(', ');
}

function decisionJson(decision: Decision): ApprovalJson['decisions'][number] {
  const { by, kind, reason, at, via, withdrawnAt } = decision;
  return { by, kind, reason, at, via, signed: decision.signature !== null, withdrawn_at: withdrawnAt };
}

/** Asks the very rules that would refuse the decision. A rejection's reason is still to be given. */
function whatYouMayDo(
  approval: Approval,
  decisions: readonly Decision[],
  { person, now, task }: Viewer,
): ApprovalJson['you'] {
  const candidate = candidateOf(person, approval);
  const toApprove = refuseDecision(approval, decisions, { ...candidate, kind: 'approve' }, now);
  const toReject = refuseDecision(
    approval,
    decisions,
    { ...candidate, kind: 'reject', reason: 'to be given' },
    now,
  );
  return {
    may_approve: toApprove === undefined,
    may_reject: toReject === undefined,
    may_take_back: mayTakeBack(approval, { person, task }),
    why: toApprove?.message ?? null,
  };
}

/** A task that still runs may be applying other stacks, which taking one request back must not stop. */
function mayTakeBack(approval: Approval, { person, task }: Pick<Viewer, 'person' | 'task'>): boolean {
  if (task === undefined || task.endedAt === null) return false;
  return canTakeBack(approval) && mayCancel(person, task) === undefined;
}

/** A person's other names, as they are signed: what comes from an identity provider, they may have chosen themselves. */
export function spokenAliases({ via, aliases }: Person): string[] {
  return via === 'oidc' ? claimedNames(aliases) : [...aliases];
}

/** A person as the rules look at them, about the present plan of an approval. The API vouches for who it is. */
export function candidateOf(person: Person, approval: Approval): Omit<DecisionCandidate, 'kind'> {
  const scope = { repo: approval.repo, environment: approval.environment };
  return {
    digest: approval.digest,
    by: person.id,
    teams: person.teams,
    aliases: spokenAliases(person),
    reason: '',
    proof: 'signed',
    allowUnsigned: false,
    machine: person.kind === 'machine',
    entitled: mayDo(person, 'approve', scope) === undefined,
  };
}
