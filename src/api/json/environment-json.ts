import { type Hold, mergeNeeded } from '../../domain/eligibility/hold.ts';
import type { ApprovalPolicy, EnvironmentPolicy } from '../../domain/eligibility/policy.ts';
import type { Sight } from '../sight.ts';
import type { HoldJson, PolicyJson } from '../schemas/environment.ts';

/** A hold as the API shows it: of the paths that have to be merged it names those that somebody may see. */
export function holdJson(hold: Hold, sight: Sight): HoldJson {
  const { id, kind, scope, repo, name, commit, reason, by, at } = hold;
  const needed = mergeNeeded(hold, (path) => repo !== null && sight.stack({ repo, path }));
  return { id, kind, scope, repo, name, commit, reason, by, at, merge_needed: needed };
}

function asksForDestroys({ destroys, destroysAlways, ...approvals }: ApprovalPolicy): boolean {
  const { required, teams, requireCodeOwners } = approvals;
  const asks = required > 0 || teams.length > 0 || requireCodeOwners;
  return destroys && (asks || destroysAlways === true);
}

/** A policy in the config's words; `destroys` as it works out. */
export function policyJson(policy: EnvironmentPolicy): PolicyJson {
  const { automated, approvals, windows, autoApproveSafe, retry } = policy;
  return {
    automated: automated && {
      prune: automated.prune,
      self_heal: automated.selfHeal,
      allow_empty: automated.allowEmpty,
    },
    approvals: {
      required: approvals.required,
      from_severity: approvals.fromSeverity,
      destroys: asksForDestroys(approvals),
      teams: [...approvals.teams],
      require_code_owners: approvals.requireCodeOwners,
      require_last_push_approval: approvals.requireLastPushApproval,
      dismiss_stale: approvals.dismissStale,
      expires_after_ms: approvals.expiresAfterMs,
      remind_every_ms: approvals.remindEveryMs,
      escalate_after_ms: approvals.escalateAfterMs,
      escalate_to: [...approvals.escalateTo],
    },
    windows: windows.map(({ kind, schedule, durationMs, timeZone, manual }) => ({
      kind,
      schedule,
      duration_ms: durationMs,
      time_zone: timeZone,
      manual,
    })),
    freeze: policy.freeze && { reason: policy.freeze.reason, until: policy.freeze.until },
    max_destroys: { count: policy.maxDestroys.count, percent: policy.maxDestroys.percent },
    auto_approve_safe: autoApproveSafe && {
      patterns: [...autoApproveSafe.patterns],
      max_severity: autoApproveSafe.maxSeverity,
    },
    retry: {
      limit: retry.limit,
      duration_ms: retry.durationMs,
      factor: retry.factor,
      max_duration_ms: retry.maxDurationMs,
    },
    auto_rollback: policy.autoRollback,
    require_signed_commits: policy.requireSignedCommits,
    validate: policy.validate && [...policy.validate],
    queue: policy.queue,
  };
}
