import type { StackJson } from '../../api/types.ts';
import type { StackList } from '../stack-list/use-stack-list.ts';

/** The stacks that the dashboard's table shows. */
export interface Attention {
  /** `attention`: no status is asked for, so the stacks in sync are left out, but for those that don't stay so. */
  mode: 'attention' | 'chosen';
  stacks: StackJson[];
}

/** Without a status filter the stacks in sync are left out, for they need nobody; unless their repairs don't hold. */
export function getAttention(list: Pick<StackList, 'filters' | 'matching'>): Attention {
  if (list.filters.status.length > 0) return { mode: 'chosen', stacks: list.matching };
  const needsSomebody = ({ status, oscillating }: StackJson) => status !== 'in_sync' || oscillating;
  return { mode: 'attention', stacks: list.matching.filter(needsSomebody) };
}
