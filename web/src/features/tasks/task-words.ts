import type { JobJson, TaskJson } from '../../api/types.ts';
import { stackName } from '../../ui/stack-name.ts';

/** Whether a task has not come to its end: it runs, or waits for another task of its repo. */
export function isActive(task: Pick<TaskJson, 'status'>): boolean {
  return task.status === 'running' || task.status === 'queued';
}

/** How far a job without a result is. */
export function jobWord(status: JobJson['status']): string {
  return status === 'pending' ? 'Queued' : kindWord(status);
}

const BUSY_WORDS: Record<string, string> = {
  scan: 'Scanning',
  sync: 'Syncing',
  reconcile: 'Reconciling',
  rollback: 'Rolling back',
};

/** What a repo is busy with, on the button of a scan that has to wait for it. */
export function busyWord(kind: string): string {
  return BUSY_WORDS[kind] ?? 'Busy';
}

/** `scan` as a word that begins a sentence. */
export function kindWord(kind: string): string {
  return kind.charAt(0).toUpperCase() + kind.slice(1);
}

/** How far a task is, from 0 to 100. A task that knows no stacks yet is at 0. */
export function percentDone(task: TaskJson): number {
  if (!isActive(task)) return 100;
  if (task.total === 0) return 0;
  return Math.floor((100 * (task.completed + task.failed)) / task.total);
}

/** One sentence on a task's progress or its end. */
export function taskSentence(task: TaskJson): string {
  const kind = kindWord(task.kind);
  const what = task.stack === null ? kind : `${kind} of ${stackName(task.stack)}`;
  if (task.status === 'queued') return `${what} is queued behind another task of this repo`;
  if (task.status === 'running') {
    if (task.total === 0) return `${what}: looking for stacks`;
    const stacks = `${task.completed + task.failed} of ${task.total} stacks`;
    return task.kind === 'scan' ? `${what}: ${stacks}` : `${what}: ${stacks} planned`;
  }
  if (task.status === 'awaiting_approval') return `${what} asked people: ${findings(task)}`;
  // What a sync found is not how things are at its end.
  const found = task.kind === 'scan' ? findings(task) : `found ${findings(task)}`;
  if (task.error !== null && task.total === 0) return `${what} failed: ${task.error.message}`;
  return `${what} ${task.status === 'failed' ? 'ended with failures' : 'finished'}: ${found}`;
}

function findings(task: TaskJson): string {
  const parts = [
    [task.live_drifted, 'drifted'],
    [task.pending, 'pending'],
    [task.errored, 'errored'],
  ] as const;
  const words = parts.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`);
  const stacks = `${task.total} ${task.total === 1 ? 'stack' : 'stacks'}`;
  return words.length === 0 ? `${stacks}, all in sync` : `${words.join(', ')} of ${stacks}`;
}

/** What has started a task, and who. The one who asked for a task that approvals have set going is not who approved it. */
export function starterWords({ trigger, actor }: Pick<TaskJson, 'trigger' | 'actor'>): string {
  if (trigger === 'approval') return actor === '' ? 'approved' : `approved, asked for by ${actor}`;
  return actor === '' ? trigger : `${trigger} by ${actor}`;
}
