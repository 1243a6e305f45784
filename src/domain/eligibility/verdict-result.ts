import type { Attempt } from '../attempt.ts';
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
