import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import type { ScanProgress, SyncKind, TaskPolicy } from './inputs.ts';
import { driftedAttribute, kindAttribute, repoAttribute, statusAttribute } from './search-attributes.ts';

/** What of a task is shown beside its history. */
export interface ShownTask {
  kind: SyncKind;
  repo: string;
  policy: TaskPolicy;
  progress: ScanProgress;
}

/** What the Temporal Web UI shows of a task that changes something, and can filter by. */
export function showTask({ kind, repo, policy, progress }: ShownTask, status: string): void {
  setCurrentDetails(
    `${kind} of **${repo}**: ${status}\n\n- task: ${progress.task_id}\n- stacks planned: ${progress.finished} of ${progress.total}` +
      `\n- with changes: ${progress.drifted}\n- applied: ${progress.applied ?? 0}\n- waiting for people: ${progress.waiting ?? 0}` +
      `\n- blocked: ${progress.blocked ?? 0}\n- failed: ${progress.failed + (progress.apply_failed ?? 0)}`,
  );
  if (!policy.search_attributes) return;
  upsertSearchAttributes([
    { key: repoAttribute, value: repo },
    { key: kindAttribute, value: kind },
    { key: statusAttribute, value: status },
    { key: driftedAttribute, value: progress.drifted },
  ]);
}
