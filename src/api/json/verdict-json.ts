import type { Attempt } from '../../domain/attempt.ts';
import type { RemediationStep } from '../../domain/reports/remediation.ts';
import type { Job } from '../../domain/task.ts';
import type { Verdict } from '../../domain/eligibility/verdict.ts';
import { verdictResult } from '../../domain/eligibility/verdict-result.ts';
import type { RemediationJson, VerdictsJson } from '../schemas/sync.ts';
import { changeJson } from './stack-json.ts';

/** What became of one planned stack, as the API shows it: what was decided, and what then came of it. */
export function verdictJson(
  job: Job,
  verdict: Verdict,
  { attempt, taskEnded }: { attempt: Attempt | undefined; taskEnded: boolean },
): VerdictsJson['verdicts'][number] {
  return {
    stack: job.stackKey,
    job_id: job.id,
    kind: verdict.kind,
    rule: verdict.rule,
    reasons: verdict.reasons.map(({ code, message }) => ({ code, message })),
    blocked_by: [...verdict.blockedBy],
    unstable: [...(verdict.unstable ?? [])],
    result: verdictResult(verdict, attempt, taskEnded),
    attempt_id: attempt?.id ?? null,
    outcome: outcomeOf(verdict, attempt),
  };
}

function outcomeOf({ outcome }: Verdict, attempt: Attempt | undefined) {
  if (attempt) return { code: attempt.error?.code ?? null, message: attempt.summary };
  return outcome ? { code: outcome.code, message: outcome.message } : null;
}

/** A step of a remediation plan, as the API shows it. */
export function stepJson(step: RemediationStep): RemediationJson['steps'][number] {
  return {
    priority: step.priority,
    description: step.description,
    stack: step.stackKey,
    changes: step.changes.map(changeJson),
    approval_required: step.approvalRequired,
    auto_rollback: step.autoRollback,
    after: [...step.after],
    blocked: step.blocked,
  };
}
