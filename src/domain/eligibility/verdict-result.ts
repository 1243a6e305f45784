import type { Attempt } from '../attempt.ts';
import { NEWER_UNPLANNED } from './eligibility.ts';
import type { Verdict } from './verdict.ts';

export const VERDICT_RESULTS = [
  'to_apply',
  'applying',
  'applied',
  'unverified',
  'partial',
  'failed',
  'refused',
  'unknown',
  'not_applied',
  'would_apply',
  'would_wait',
  'wait',
  'blocked',
  'unstable_plan',
  'nothing',
] as const;
/**
 * What really became of a stack, whatever was decided. `unverified`: applied, but not found to be right. `not_applied`: its
 * task ended before its turn came. `would_apply` and `would_wait`: a dry run. `unstable_plan`:
 * blocked, as two plans in a row differ.
 */
export type VerdictResult = (typeof VERDICT_RESULTS)[number];

const OF_ATTEMPT = {
  started: 'applying',
  applied: 'applied',
  partial: 'partial',
  unknown: 'unknown',
  refused: 'refused',
  not_applied: 'failed',
  failed: 'failed',
} as const satisfies Record<Attempt['status'], VerdictResult>;

/** What became of a stack by its verdict, the attempt of its job where one began, and whether its task has ended. */
export function verdictResult(
  { kind, would, outcome, unstable = [] }: Pick<Verdict, 'kind' | 'would' | 'outcome' | 'unstable'>,
  attempt: Pick<Attempt, 'status' | 'error'> | undefined,
  taskEnded: boolean,
): VerdictResult {
  if (attempt?.status === 'applied' && attempt.error !== null) return 'unverified';
  if (attempt) return OF_ATTEMPT[attempt.status];
  if (would) return would === 'apply' ? 'would_apply' : 'would_wait';
  if (kind === 'blocked' && unstable.length > 0) return 'unstable_plan';
  if (kind !== 'apply') return kind;
  if (outcome) return outcome.status;
  return taskEnded ? 'not_applied' : 'to_apply';
}

/** What became of a stack that keeps nobody behind it. */
const SETTLED: readonly VerdictResult[] = ['applied', 'nothing', 'would_apply', 'would_wait', 'blocked'];
/** Reasons of blocked stacks that people, or the plan of a newer commit, have yet to settle. */
const UNSETTLED_REASONS: readonly string[] = ['rejected', NEWER_UNPLANNED];

/** Whether later environments may follow on a stack of an ended task: as within one task, they overtake nothing that is undecided or went wrong. */
export function isSettled({
  result,
  reasons,
}: Pick<Verdict, 'reasons'> & { result: VerdictResult }): boolean {
  return SETTLED.includes(result) && !reasons.some(({ code }) => UNSETTLED_REASONS.includes(code));
}
