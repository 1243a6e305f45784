import { defaultPolicy, SAFE_PATTERNS } from '../domain/eligibility/default-policy.ts';
import { environmentName } from '../domain/environment.ts';
import { defaultOrder } from '../domain/environments.ts';
import type {
  ApprovalPolicy,
  EnvironmentPolicy,
  EnvironmentSettings,
  EnvironmentSource,
} from '../domain/eligibility/policy.ts';
import type { ParsedConfig } from './schema/config.ts';

type ParsedEnvironment = ParsedConfig['environments'][number];
type ParsedPolicy = ParsedEnvironment['policy'];

/** `environments` of a valid config: what is left out is as `defaultPolicy` has it for an environment of that name. */
export function environmentSettings(environments: readonly ParsedEnvironment[]): EnvironmentSettings[] {
  return environments.map((environment) => {
    const name = environmentName(environment.name);
    const spelled = [environment.name, ...environment.aliases].map((alias) => alias.toLowerCase());
    return {
      name,
      aliases: [...new Set(spelled)].filter((alias) => alias !== name),
      sources: sourcesOf(environment),
      order: environment.order ?? defaultOrder(name),
      policy: policyOf(environment.policy, defaultPolicy(name)),
    };
  });
}

function sourcesOf(environment: ParsedEnvironment): EnvironmentSource[] {
  const { repo, ref, paths } = environment;
  const own = repo === undefined && ref === undefined && paths === undefined ? [] : [{ repo, ref, paths }];
  return [...own, ...environment.sources].map((source) => ({
    repo: source.repo ?? null,
    ref: source.ref ?? null,
    paths: source.paths ?? [],
  }));
}

function policyOf(policy: ParsedPolicy, base: EnvironmentPolicy): EnvironmentPolicy {
  const { automated, freeze, retry } = policy;
  return {
    automated: automated
      ? { prune: automated.prune, selfHeal: automated.self_heal, allowEmpty: automated.allow_empty }
      : null,
    approvals: approvalPolicy(policy.approvals, base.approvals),
    windows: policy.sync_windows.map((window) => ({
      kind: window.kind,
      schedule: window.schedule,
      durationMs: window.duration,
      timeZone: window.time_zone,
      manual: window.manual_sync,
    })),
    freeze: freeze ? { reason: freeze.reason, until: freeze.until ?? null } : null,
    maxDestroys: { count: policy.max_destroys.count ?? null, percent: policy.max_destroys.percent ?? null },
    autoApproveSafe: safeRule(policy.auto_approve_safe, base),
    retry: {
      limit: retry.limit ?? base.retry.limit,
      durationMs: retry.backoff.duration ?? base.retry.durationMs,
      factor: retry.backoff.factor ?? base.retry.factor,
      maxDurationMs: retry.backoff.max_duration ?? base.retry.maxDurationMs,
    },
    autoRollback: policy.auto_rollback,
    requireSignedCommits: policy.require_signed_commits,
    validate: policy.validate ?? null,
    queue: policy.queue ?? null,
  };
}

function approvalPolicy(given: ParsedPolicy['approvals'], base: ApprovalPolicy): ApprovalPolicy {
  return {
    required: given.required ?? base.required,
    fromSeverity: given.from_severity ?? base.fromSeverity,
    destroys: given.destroys ?? base.destroys,
    ...(given.destroys === true ? { destroysAlways: true as const } : {}),
    teams: given.teams ?? base.teams,
    requireCodeOwners: given.require_code_owners ?? base.requireCodeOwners,
    requireLastPushApproval: given.require_last_push_approval ?? base.requireLastPushApproval,
    dismissStale: given.dismiss_stale ?? base.dismissStale,
    expiresAfterMs: orNever(given.expires_after, base.expiresAfterMs),
    remindEveryMs: orNever(given.remind_every, base.remindEveryMs),
    escalateAfterMs: given.escalate_after ?? base.escalateAfterMs,
    escalateTo: given.escalate_to ?? base.escalateTo,
  };
}

/** In the config 0 stands for never. */
function orNever(given: number | undefined, base: number | null): number | null {
  if (given === undefined) return base;
  return given === 0 ? null : given;
}

function safeRule(
  given: ParsedPolicy['auto_approve_safe'],
  base: EnvironmentPolicy,
): EnvironmentPolicy['autoApproveSafe'] {
  if (given === undefined) return base.autoApproveSafe;
  if (given === false) return null;
  return {
    patterns: given.patterns ?? base.autoApproveSafe?.patterns ?? SAFE_PATTERNS,
    maxSeverity: given.max_severity,
  };
}
