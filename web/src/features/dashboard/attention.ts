import type { StackJson } from '../../api/types.ts';
import type { StackList } from '../stack-list/use-stack-list.ts';

/** The stacks that the dashboard's table shows. */
export interface Attention {
  /** `attention`: no status is asked for, so the stacks in sync are left out. */
  mode: 'attention' | 'chosen';
  stacks: StackJson[];
}

/** Without a status filter the stacks in sync are left out, for they need nobody. */
export function getAttention(list: Pick<StackList, 'filters' | 'matching'>): Attention {
  if (list.filters.status.length > 0) return { mode: 'chosen', stacks: list.matching };
  return { mode: 'attention', stacks: list.matching.filter((stack) => stack.status !== 'in_sync') };
}
