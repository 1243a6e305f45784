import type { RemediationStep } from '../../domain/remediation.ts';
import type { Job } from '../../domain/task.ts';
import type { Verdict } from '../../domain/verdict.ts';
import type { RemediationJson, VerdictsJson } from '../schemas/sync.ts';
import { changeJson } from './stack-json.ts';

/** What became of one planned stack, as the API shows it. */
export function verdictJson(job: Job, verdict: Verdict): VerdictsJson['verdicts'][number] {
  return {
    stack: job.stackKey,
    job_id: job.id,
    kind: verdict.kind,
    rule: verdict.rule,
    reasons: verdict.reasons.map(({ code, message }) => ({ code, message })),
    blocked_by: [...verdict.blockedBy],
  };
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
  };
}
