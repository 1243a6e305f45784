import type { PlanProblem } from './plan.ts';

/**
 * Why nothing of a stack is applied of which only a part could be planned: what is missing may be what the rest needs. null
 * where all of it could.
 */
export function incompletePlan(
  problems: readonly PlanProblem[] = [],
): { code: 'plan_incomplete'; message: string } | null {
  const [first, ...others] = problems;
  if (first === undefined) return null;
  const more = others.length > 0 ? ` And ${others.length} more.` : '';
  return {
    code: 'plan_incomplete',
    message: `Not everything could be planned, so that nothing is applied. ${first.address}: ${first.message}${more}`,
  };
}
