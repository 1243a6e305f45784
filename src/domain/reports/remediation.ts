import type { Change } from '../change.ts';

export const PRIORITIES = ['immediate', 'high', 'normal', 'low'] as const;
export type Priority = (typeof PRIORITIES)[number];

/** One step of a remediation plan: the changes of one severity of one stack, as the requirements' analyzer groups them. */
export interface RemediationStep {
  priority: Priority;
  description: string;
  stackKey: string;
  changes: readonly Change[];
  approvalRequired: boolean;
  autoRollback: boolean;
  /** Keys of stacks whose steps come first. */
  after: readonly string[];
  /** Why nothing of the stack is applied as it was planned, whoever agrees; null where it may be. */
  blocked: string | null;
}
