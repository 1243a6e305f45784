import type { ApprovalJson, StackJson, StepJson, TaskJson, VerdictJson } from '../../api/types.ts';
import { isOpen } from '../approvals/approval-words.ts';

/** Whether a step is still to be done, and why not. */
export type StepState = 'open' | 'applied' | 'planned_anew' | 'gone';

/** What stands beside a step that is not to be done any more. */
export const SETTLED_WORDS: Record<Exclude<StepState, 'open'>, string> = {
  applied: 'Applied',
  planned_anew: 'Planned anew since',
  gone: 'Stack is gone',
};

/** What is known beside a task's steps. `stacks`: the repo's present ones, null while they are not known. */
export interface StepFacts {
  task: Pick<TaskJson, 'id' | 'ended_at'>;
  verdicts: readonly VerdictJson[];
  approvals: readonly ApprovalJson[];
  stacks: readonly StackJson[] | null;
}

/** Whether a step of a task still holds: until it is applied, or its stack has a newer plan than the one people were asked about. */
export function stepState({ stack }: Pick<StepJson, 'stack'>, facts: StepFacts): StepState {
  const { task, verdicts, approvals, stacks } = facts;
  if (verdicts.some((verdict) => verdict.stack === stack && verdict.result === 'applied')) return 'applied';
  const asked = approvals.some(
    (approval) => approval.task_id === task.id && approval.stack === stack && isOpen(approval.status),
  );
  if (asked || stacks === null || task.ended_at === null) return 'open';
  const present = stacks.find(({ key }) => key === stack);
  if (present === undefined) return 'gone';
  const newer = present.scanned_at !== null && Date.parse(present.scanned_at) > Date.parse(task.ended_at);
  return newer ? 'planned_anew' : 'open';
}

/** `2 steps`, or how many of them are left. */
export function stepCountWords(states: readonly StepState[]): string {
  const open = states.filter((state) => state === 'open').length;
  const all = states.length === 1 ? '1 step' : `${states.length} steps`;
  if (open === states.length) return all;
  return open === 0 ? `${all}, nothing left to do` : `${all}, ${open} left to do`;
}
