import { environmentName } from '../environment.ts';
import type { EnvironmentPolicy } from './policy.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const DAY_MS = 24 * 60 * MINUTE_MS;

/**
 * Regular expressions over changed files that nothing but prose, and values of the development environment, match. They
 * are searched for in the path; see `safe-changes.ts`.
 */
export const SAFE_PATTERNS: readonly string[] = [
  '^docs/',
  '^README',
  String.raw`.*\.md$`,
  String.raw`^.*\/values-dev\.yaml$`,
];

/** How an environment is kept of which the config says nothing: nothing happens without a person, and one other agrees. */
export const DEFAULT_POLICY: EnvironmentPolicy = {
  automated: null,
  approvals: {
    required: 1,
    fromSeverity: null,
    destroys: true,
    teams: [],
    requireCodeOwners: false,
    requireLastPushApproval: true,
    dismissStale: true,
    expiresAfterMs: 7 * DAY_MS,
    remindEveryMs: DAY_MS,
    escalateAfterMs: null,
    escalateTo: [],
  },
  windows: [],
  freeze: null,
  maxDestroys: { count: null, percent: null },
  autoApproveSafe: { patterns: SAFE_PATTERNS, maxSeverity: 'low' },
  retry: { limit: 3, durationMs: 5 * SECOND_MS, factor: 2, maxDurationMs: 3 * MINUTE_MS },
  autoRollback: false,
  requireSignedCommits: false,
  validate: null,
  queue: null,
};

/** Production: two people agree, and nothing counts as safe unless the config says so. */
const PRODUCTION_POLICY: EnvironmentPolicy = {
  ...DEFAULT_POLICY,
  approvals: { ...DEFAULT_POLICY.approvals, required: 2 },
  autoApproveSafe: null,
};

/** The policy of an environment of which the config says nothing; null: stacks that belong to none. */
export function defaultPolicy(name: string | null): EnvironmentPolicy {
  return name !== null && environmentName(name) === 'production' ? PRODUCTION_POLICY : DEFAULT_POLICY;
}
