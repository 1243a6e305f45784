import { approvalNeeded, destroyed, wouldChange } from '../approvals/need.ts';
import type { ApprovalStatus } from '../approvals/approval.ts';
import { hardBlockers, needBlockers, softBlockers, type BlockerInput } from './blockers.ts';
import type { Severity } from '../change.ts';
import { rollsBack } from '../reports/remediation-plan.ts';
import { judgeSafety } from '../approvals/safe-changes.ts';
import { definitionReasons, suspendedReasons } from './stack-policy.ts';
import type { StackPolicy } from '../stack.ts';
import type { Verdict, VerdictKind, VerdictReason } from './verdict.ts';

/** The code of the reason that an approved plan waits for the plan of a newer commit. */
export const NEWER_UNPLANNED = 'newer_commit_unplanned';

export { approvalNeeded, type JudgedPlan } from '../approvals/need.ts';

/** All that decides on a planned stack. Dependencies are the matter of `apply-order.ts`. */
export interface EligibilityInput extends Omit<BlockerInput, 'manual'> {
  request: {
    /** A person asked for this very task, rather than a schedule, a push or a retry. */
    manual: boolean;
    /** Safe changes need no person this time; always so where the environment syncs by itself. */
    autoApproveSafe: boolean;
    /** Break-glass: the caller has verified who asks and that a reason is given. */
    emergency: boolean;
    /** Nothing is applied and nobody is asked; the reasons say what would have been. */
    dryRun: boolean;
    /** An approval or a rollback asked for it: what it is about was agreed on, or was there before. */
    agreed?: boolean;
  };
  /** What the repository says of the stack; null and left out: nothing. */
  stackPolicy?: StackPolicy | null;
  /** What the config has it need, and its commit does not have; left out: nothing. */
  unknownNeeds?: readonly string[];
  /** Below the stack, between the commit synced last and the one that was planned; null: it never was in sync. */
  changedFiles: readonly string[] | null;
  /** The stack's newest approval. */
  approval: { status: ApprovalStatus; digest: string } | null;
  /** A commit that nobody has planned, and for which what people approved no longer stands; left out and null: there is none. */
  newerCommit?: string | null;
  /** Of an automatic rollback: how bad the changes are that it undoes. Left out and null of all else. */
  undoes?: Severity | null;
  /** See `healState`. */
  heal: { oscillating: boolean; nextAt: string | null };
}

/**
 * What becomes of a planned stack: applied now (and by which rule), waiting for people, blocked, or nothing to do. The
 * reasons are never empty. `apply` is only ever answered for a plan that people approved by its very digest, or that a rule
 * of the policy lets through, or in an emergency.
 */
export function decideStack(input: EligibilityInput): Verdict {
  const verdict = decide(input);
  if (!input.request.dryRun || verdict.kind === 'nothing') return verdict;
  if (verdict.kind === 'blocked') return verdict;
  const would = verdict.kind;
  const said = would === 'apply' ? 'it would be applied' : 'it would wait for people';
  const dry = { code: 'dry_run', message: `A dry run: ${said}.` };
  return { ...answer('nothing', [dry, ...verdict.reasons]), would };
}

function decide(input: EligibilityInput): Verdict {
  const idle = nothingToDo(input);
  if (idle) return answer('nothing', [idle]);
  const blockerInput = { ...input, manual: input.request.manual };
  const hard = [...hardBlockers(blockerInput), ...suspendedReasons(input.stackPolicy)];
  const soft = [...softBlockers(blockerInput), ...unmetNeeds(input)];
  if (hard.length > 0 || (soft.length > 0 && !input.request.emergency))
    return answer('blocked', [...hard, ...soft]);
  if (input.request.emergency) {
    const passed = { code: 'emergency', message: 'An emergency apply, past windows, freezes and approvals.' };
    return answer('apply', [passed, ...soft], 'break_glass');
  }
  if (input.newerCommit) return answer('blocked', [unplanned(input.newerCommit)]);
  const decided = byApproval(input);
  if (decided.verdict) return decided.verdict;
  return bySafety(input) ?? byPolicy(input, decided.notes);
}

function unmetNeeds({ mode, request, unknownNeeds = [] }: EligibilityInput): VerdictReason[] {
  return mode === 'rollback' || request.agreed ? [] : needBlockers(unknownNeeds);
}

function nothingToDo({ plan, mode }: EligibilityInput): VerdictReason | undefined {
  if (plan.status === 'errored' || plan.status === 'unknown') return undefined;
  if (plan.status === 'in_sync') return { code: 'in_sync', message: 'Live is what Git says.' };
  if (!wouldChange(plan))
    return {
      code: 'no_effect',
      message: 'There is drift, but none that an apply removes.',
    };
  if (mode === 'reconcile' && plan.status === 'pending')
    return {
      code: 'only_pending',
      message: 'Nothing was changed outside of Git; what Git wants is rolled out by a sync, not by a repair.',
    };
  return undefined;
}

/** What people have said of this very plan; what they said of another is only noted. */
function byApproval({ approval, plan }: EligibilityInput): { verdict?: Verdict; notes: VerdictReason[] } {
  if (approval === null) return { notes: [] };
  if (approval.digest !== plan.digest) {
    const spoken = approval.status === 'approved' || approval.status === 'rejected';
    const message = `People ${approval.status} another plan; this one has a digest of its own.`;
    return { notes: spoken ? [{ code: 'other_plan', message }] : [] };
  }
  switch (approval.status) {
    case 'approved': {
      const reason = { code: 'approved', message: 'This very plan was approved.' };
      return { verdict: answer('apply', [reason], 'approval'), notes: [] };
    }
    case 'rejected': {
      const message = 'This very plan was rejected. The rejection must be withdrawn first.';
      return { verdict: answer('blocked', [{ code: 'rejected', message }]), notes: [] };
    }
    case 'expired':
      return { notes: [{ code: 'expired', message: 'The time to decide on this plan ran out.' }] };
    case 'dismissed': {
      const message = 'A newer commit has touched this stack since people looked at this plan.';
      return { notes: [{ code: 'newer_commit', message }] };
    }
    case 'used':
      return {
        notes: [{ code: 'approval_used', message: 'The approval of this plan was used up by an attempt.' }],
      };
    default:
      return { notes: [] };
  }
}

function unplanned(commit: string): VerdictReason {
  const message = `The commit ${commit.slice(0, 12)} has touched this stack since its plan was approved, and is planned first.`;
  return { code: NEWER_UNPLANNED, message };
}

function bySafety(input: EligibilityInput): Verdict | undefined {
  const verdict = judgeInput(input);
  if (verdict?.safe !== true || needsPeople(input)) return undefined;
  return answer('apply', [verdict.reason], 'auto_approve_safe');
}

/** What no rule about safe changes may decide. */
function needsPeople(input: EligibilityInput): boolean {
  const { emptied, confirm } = input.plan;
  return emptied || (confirm ?? []).length > 0 || definitionWaits(input).length > 0;
}

/** Undefined when nobody asked whether the plan is safe. Repairs and rollbacks are not about what somebody wrote. */
function judgeInput({ plan, policy, mode, request, changedFiles }: EligibilityInput) {
  if (mode !== 'sync' || policy.autoApproveSafe === null) return undefined;
  if (!request.autoApproveSafe && policy.automated === null) return undefined;
  const changes = [...plan.changes, ...(plan.ignored ?? [])];
  return judgeSafety({ changes, changedFiles, severity: plan.severity }, policy.autoApproveSafe);
}

function byPolicy(input: EligibilityInput, notes: readonly VerdictReason[]): Verdict {
  const { plan, policy, mode, heal, now } = input;
  const need = approvalNeeded(plan, policy);
  const waits = [...need.reasons, ...automationReasons(input), ...definitionWaits(input)];
  const fight = mode === 'reconcile' && heal.oscillating ? [oscillating()] : [];
  if (waits.length > 0) return answer('wait', [...waits, ...fight, ...notes, ...safetyNotes(input)]);
  const backingOff = heal.nextAt !== null && Date.parse(heal.nextAt) > now.getTime();
  if (mode === 'reconcile' && !input.request.manual && backingOff) {
    const message = `The last repairs did not hold; the next one is tried after ${heal.nextAt}.`;
    return answer('blocked', [{ code: 'heal_backoff', message }, ...fight, ...notes]);
  }
  const allowed = { code: 'policy_allows', message: allowedBecause(input) };
  return answer('apply', [allowed, ...fight, ...notes], 'policy');
}

/** What the repository leaves to people; whoever asks for the task is one. */
function definitionWaits({ plan, mode, request, stackPolicy }: EligibilityInput): VerdictReason[] {
  return request.manual ? [] : definitionReasons(stackPolicy, { plan, mode });
}

/** Why a task that nobody asked for may not apply this plan by itself. */
function automationReasons({ plan, policy, mode, request, undoes }: EligibilityInput): VerdictReason[] {
  if (request.manual) return [];
  const { automated } = policy;
  if (mode === 'rollback') {
    if (rollsBack(undoes ?? null, policy)) return [];
    return [{ code: 'no_auto_rollback', message: 'The policy leaves rollbacks to people.' }];
  }
  if (automated === null)
    return [{ code: 'not_automated', message: 'The policy applies nothing without a person’s word.' }];
  const reasons: VerdictReason[] = [];
  if (!automated.prune && destroyed(plan).length > 0)
    reasons.push({
      code: 'prune_off',
      message: 'It destroys or replaces resources, which the policy leaves to people (`prune`).',
    });
  if (mode !== 'reconcile') return reasons;
  if (!automated.selfHeal)
    reasons.push({
      code: 'self_heal_off',
      message: 'The policy leaves the repair of drift to people (`self_heal`).',
    });
  return reasons;
}

function safetyNotes(input: EligibilityInput): VerdictReason[] {
  const verdict = judgeInput(input);
  return verdict === undefined || verdict.safe ? [] : [verdict.reason];
}

function oscillating(): VerdictReason {
  const message = 'Something changes this stack again and again: its repairs do not hold.';
  return { code: 'oscillating', message };
}

function allowedBecause({ policy, request }: EligibilityInput): string {
  const { required, fromSeverity } = policy.approvals;
  const who = request.manual ? 'A person asked for it' : 'The environment is kept without people';
  if (required === 0) return `${who}, and the policy wants no approvals.`;
  return `${who}, and the policy wants approvals only from ${fromSeverity ?? 'nobody'} on.`;
}

function answer(kind: VerdictKind, reasons: readonly VerdictReason[], rule: Verdict['rule'] = null): Verdict {
  return { kind, reasons, rule, blockedBy: [] };
}
