import { destroyed, named, type JudgedPlan } from '../approvals/need.ts';
import { incompletePlan } from '../incomplete-plan.ts';
import type { Hold } from './hold.ts';
import type { EnvironmentPolicy } from './policy.ts';
import { windowsOpen, windowState } from './sync-window.ts';
import type { VerdictReason } from './verdict.ts';

/** What can be in the way of applying a plan, whoever agrees with it. */
export interface BlockerInput {
  plan: JudgedPlan;
  policy: EnvironmentPolicy;
  mode: 'sync' | 'reconcile' | 'rollback';
  manual: boolean;
  /** Those of the stack, its environment and its repo. Released ones don't count. */
  holds: readonly Hold[];
  /** The commit that was planned. */
  commit: string;
  /** Addresses that differed between two plans in a row. */
  unstable: readonly string[];
  /** The plan was made with made-up outputs of other stacks. */
  mockOutputs: boolean;
  now: Date;
  /** Commits since the last sync whose signature is missing or not trusted. */
  unsignedCommits: number;
}

/** What no person and no emergency gets past: nobody knows what would be applied, or somebody has said no for good. */
export function hardBlockers(input: BlockerInput): VerdictReason[] {
  const { plan, policy, mode, mockOutputs, unstable, unsignedCommits } = input;
  const reasons: VerdictReason[] = [];
  const incomplete = incompletePlan(plan.problems);
  if (incomplete) reasons.push(incomplete);
  else if (plan.status === 'errored')
    reasons.push({ code: 'plan_errored', message: 'The plan failed, so that nothing can be applied.' });
  if (plan.status === 'unknown')
    reasons.push({
      code: 'plan_unknown',
      message: 'What this stack is like is not known; it must be planned anew first.',
    });
  if (mode === 'reconcile' && plan.status === 'drifted_and_pending')
    reasons.push({
      code: 'pending_with_drift',
      message:
        'A repair of this drift would also roll out what Git wants and nobody has applied. A sync does both.',
    });
  if (mockOutputs)
    reasons.push({
      code: 'mock_outputs',
      message: 'The plan rests on mock outputs of stacks that were never applied; apply those first.',
    });
  if (unstable.length > 0)
    reasons.push({
      code: 'unstable_plan',
      message: `Two plans in a row differ, so that nobody can agree with one: ${named(unstable)}.`,
    });
  reasons.push(...holdReasons(input), ...destroyReasons(plan, policy));
  if (policy.requireSignedCommits && unsignedCommits > 0)
    reasons.push({
      code: 'unsigned_commits',
      message: `${unsignedCommits} commits since the stack was last in sync have no trusted signature, and the policy wants one on each.`,
    });
  return reasons;
}

/** What an emergency gets past: a freeze, and a closed window. */
export function softBlockers({
  policy,
  manual,
  now,
}: Pick<BlockerInput, 'policy' | 'manual' | 'now'>): VerdictReason[] {
  const reasons: VerdictReason[] = [];
  const { freeze } = policy;
  if (freeze !== null && frozen(freeze.until, now)) {
    const until = freeze.until === null ? '' : ` until ${freeze.until}`;
    reasons.push({ code: 'frozen', message: `The environment is frozen${until}: ${freeze.reason}.` });
  }
  if (!windowsOpen(policy.windows, now, manual)) {
    const window = windowState(policy.windows, now, manual);
    const next = window.nextChange === null ? '' : ` It opens at ${window.nextChange}.`;
    reasons.push({
      code: 'window_closed',
      message: `No sync at this time: ${window.reason}.${next}`,
    });
  }
  return reasons;
}

/**
 * What keeps a stack from being applied before others that it was declared to need and its commit does not have. A rollback,
 * and what people have agreed on, may be about a commit that is older than the declaration.
 */
export function needBlockers(unknownNeeds: readonly string[]): VerdictReason[] {
  if (unknownNeeds.length === 0) return [];
  const names = unknownNeeds.map((name) => `"${name}"`).join(', ');
  const message = `depends_on has it come after ${names}, which this commit does not have as a stack. Correct it under "repos:" of config.yaml.`;
  return [{ code: 'depends_on_unknown', message }];
}

/**
 * What keeps a rollback from being begun, since it changes Git before anything is planned. A pause holds rollbacks as it holds
 * everything: whoever wants one resumes first, and says so. Only an emergency gets past a freeze or a closed window.
 */
export function rollbackBlockers(
  input: Pick<BlockerInput, 'policy' | 'holds' | 'manual' | 'now'> & { emergency: boolean },
): VerdictReason[] {
  const pauses = holdReasons({ holds: input.holds, mode: 'rollback', commit: '' });
  return input.emergency ? pauses : [...pauses, ...softBlockers(input)];
}

/** What keeps automation from a stack, whatever its plan: pauses, pins to another commit, a freeze, closed windows. */
export function heldBack(
  input: Pick<BlockerInput, 'policy' | 'holds' | 'mode' | 'commit' | 'now'>,
): VerdictReason[] {
  return [...holdReasons(input), ...softBlockers({ ...input, manual: false })];
}

/** When a freeze ends: a date alone with that day (UTC); null: it does not, nor does one whose end can't be read. */
function freezeEnd(until: string | null): number | null {
  if (until === null) return null;
  const end = Date.parse(/^\d{4}-\d{2}-\d{2}$/.test(until) ? `${until}T23:59:59.999Z` : until);
  return Number.isNaN(end) ? null : end;
}

function frozen(until: string | null, now: Date): boolean {
  const end = freezeEnd(until);
  return end === null || now.getTime() <= end;
}

/** When what `softBlockers` says of what a person asked for may have changed, ISO 8601; null: not by itself. */
export function softBlockersEnd({ freeze, windows }: EnvironmentPolicy, now: Date): string | null {
  const times: number[] = [];
  const end = freeze === null ? null : freezeEnd(freeze.until);
  if (end !== null && end >= now.getTime()) times.push(end + 1);
  const { nextChange } = windowState(windows, now, true);
  if (nextChange !== null) times.push(Date.parse(nextChange));
  return times.length === 0 ? null : new Date(Math.min(...times)).toISOString();
}

/** A rollback replaces the pin of the one before, so that no pin stops it. */
export function holdReasons({
  holds,
  mode,
  commit,
}: Pick<BlockerInput, 'holds' | 'mode' | 'commit'>): VerdictReason[] {
  return holds
    .filter((hold) => hold.releasedAt === null)
    .filter((hold) => hold.kind === 'pause' || (mode !== 'rollback' && !sameCommit(hold.commit, commit)))
    .map((hold) => {
      const what =
        hold.name === '' ? `${hold.scope} ${hold.repo ?? ''}`.trim() : `${hold.scope} ${hold.name}`;
      const why = `by ${hold.by} on ${hold.at}: ${hold.reason}`;
      return hold.kind === 'pause'
        ? { code: 'paused', message: `The ${what} was paused ${why}. It must be resumed first.` }
        : {
            code: 'pinned',
            message: `The ${what} was pinned to ${hold.commit?.slice(0, 12) ?? 'what it is'} ${why}. The pin must be released first.`,
          };
    });
}

/** Whether a pin's commit is this one. Either may be abbreviated. */
export function sameCommit(pinned: string | null, commit: string): boolean {
  if (pinned === null || pinned.length < 7 || commit.length < 7) return false;
  return commit.startsWith(pinned) || pinned.startsWith(commit);
}

function destroyReasons(plan: JudgedPlan, policy: EnvironmentPolicy): VerdictReason[] {
  const reasons: VerdictReason[] = [];
  const lost = destroyed(plan).length;
  const { count, percent } = policy.maxDestroys;
  if (count !== null && lost > count)
    reasons.push({
      code: 'too_many_destroys',
      message: `It destroys or replaces ${lost} resources; the policy allows ${count}.`,
    });
  if (percent !== null && lost > 0) {
    if (plan.resources === null)
      reasons.push({
        code: 'destroy_share_unknown',
        message: `It destroys or replaces ${lost} resources, but how many the stack has is not known; the policy allows ${percent}%.`,
      });
    else if (lost * 100 > percent * plan.resources)
      reasons.push({
        code: 'too_many_destroys',
        message: `It destroys or replaces ${lost} of ${plan.resources} resources; the policy allows ${percent}%.`,
      });
  }
  if (plan.emptied && policy.automated !== null && !policy.automated.allowEmpty)
    reasons.push({
      code: 'would_empty',
      message: 'It would leave the stack with nothing, which the policy does not allow (`allow_empty`).',
    });
  return reasons;
}
